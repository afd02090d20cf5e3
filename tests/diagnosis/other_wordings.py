"""Refusals that are not in the list of faults: other providers, other words, other languages.

Each group has one outcome: the entry, the stage (None: where it was said), the field, whether to
try again, and the refusals, as "stage reply".
"""

from __future__ import annotations

from typing import Any, NamedTuple

from smtp_panel.smtp.facts import Facts
from tests.diagnosis.examples import CLEAR, GMAIL, M365, NO_LOGIN, said

NETEASE = {"server": "smtp.163.com"}
GB = "gb18030"


def at(server: str) -> dict[str, Any]:
    """A server of this name."""
    return {"server": server}


def misread(words: str, charset: str) -> str:
    """Words in this character set as they look when read as Latin-1."""
    return words.encode(charset).decode("latin-1")


class Outcome(NamedTuple):
    """What a group of refusals comes to."""

    id: str
    stage: str | None
    field: str | None
    retryable: bool
    refusals: list[tuple[str, dict[str, Any]] | str]


def cases() -> list[tuple[Outcome, Facts]]:
    """Every refusal, with its outcome."""
    found = []
    for outcome in OUTCOMES:
        for refusal in outcome.refusals:
            words, known = (refusal, {}) if isinstance(refusal, str) else refusal
            stage, _, reply = words.partition(" ")
            found.append((outcome, said(stage, reply, **known)))
    return found


OUTCOMES = [
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Error: authentication failed: authentication failure",
            "auth 535 5.7.1 authentication failed",
            "auth 535 Authentication failed - Invalid user or password",
            "auth 535 #5.7.0 Invalid login",
            "auth 535 5.7.8 Sorry",
            "auth 535 authorization failed (#5.7.0)",
            "auth 554 5.7.8 Error: authentication failed: bad protocol / cancel",
            "auth 550 5.7.1 Authentication failed: wrong user/password",
            "auth 501 5.7.0 Invalid username or password",
            "auth 535 5.7.0 authentication rejected",
            "auth 535 5.7.0 Error: authentication failed: UGFzc3dvcmQ6",
            "auth 535 Authentifizierung fehlgeschlagen",
            "auth 550 Benutzername oder Passwort falsch",
            "auth 535 5.7.8 Échec de l'authentification : mot de passe incorrect",
            "auth 550 Usuario o contraseña incorrectos",
            "auth 535 Autenticazione fallita",
            "auth 550 Falha na autenticação: senha incorreta",
            "auth 550 Ongeldige gebruikersnaam of wachtwoord",
            "auth 550 Nieprawidłowy login lub hasło",
            "auth 550 Неверный логин или пароль",
            "auth 550 認証に失敗しました",
            "auth 550 ユーザー名またはパスワードが正しくありません",
            "auth 550 用户名或密码错误",
            "auth 550 登录失败",
            "auth 550 인증에 실패했습니다",
            ("auth 550 " + misread("Неверный пароль", "cp1251"), {}),
            ("auth 550 " + misread("パスワードが違います", "shift_jis"), {}),
        ],
    ),
    Outcome(
        "auth-user-name-without-domain",
        None,
        "password",
        False,
        [
            ("auth 535 5.7.8 Error: authentication failed", {"username": "info"}),
            ("auth 535 Incorrect authentication data", {"username": "web1p2"}),
        ],
    ),
    Outcome(
        "auth-gmail-bad-credentials",
        None,
        "password",
        False,
        [("auth 535 5.7.8 Username and Password not accepted. Learn more", GMAIL)],
    ),
    Outcome(
        "auth-authorization-code-needed",
        None,
        "password",
        False,
        [
            ("auth 535 Error: authentication failed", NETEASE),
            ("auth 550 User has no permission", NETEASE),
            ("auth 535 Login Fail. Please enter your authorization code to login.", {}),
            ("auth 535 Error: " + misread("请使用授权码登录。详情请看", GB), at("smtp.qq.com")),
            ("auth 535 " + misread("用户无权登陆", GB), at("smtp.126.com")),
        ],
    ),
    Outcome(
        "auth-app-password-required",
        None,
        "password",
        False,
        [
            "auth 534 5.7.9 Please use an app password; two-factor authentication is on",
            "auth 535 5.7.8 App password required for this account",
            "auth 535 Multi-factor authentication is enabled, use an application password",
            "auth 535 Bitte verwenden Sie ein App-Passwort",
            "auth 535 Utilisez un mot de passe d'application",
            "auth 535 Use una contraseña de aplicación",
            "auth 535 Требуется пароль приложения",
            "auth 535 アプリパスワードを使用してください",
            "auth 535 애플리케이션 비밀번호를 사용하세요",
        ],
    ),
    Outcome(
        "auth-app-password-provider",
        None,
        "password",
        False,
        [
            ("auth 535 5.7.8 Error: authentication failed: Invalid user", at("smtp.yandex.ru")),
            ("auth 535 5.7.0 Incorrect username or password", at("smtp.fastmail.com")),
            ("auth 535 Authentication Failed", at("smtp.zoho.eu")),
            ("auth 535 5.7.1 Username and Password not accepted", at("smtp.naver.com")),
            ("auth 535 5.7.0 (#AUTH010) Login failed", at("smtp.mail.yahoo.co.jp")),
        ],
    ),
    Outcome(
        "auth-api-key-service",
        None,
        "password",
        False,
        [
            ("auth 535 5.7.8 Error: authentication failed", at("smtp.mandrillapp.com")),
            ("auth 535 5.7.8 Sorry.", at("smtp.eu.sparkpostmail.com")),
            ("auth 535 5.7.8 no", at("smtp.tem.scw.cloud")),
            ("auth 535 Authentication credentials invalid", at("smtp.mailersend.net")),
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 SMTP access is disabled for this mailbox",
            "auth 535 SMTP AUTH is not enabled for this user",
            "auth 550 5.7.1 Please enable IMAP/SMTP in your mail settings",
            "auth 535 5.7.3 User is not authorized to use SMTP service",
            "auth 535 SMTP-Versand ist nicht freigeschaltet",
            "auth 535 Доступ по SMTP отключен",
            "auth 550 SMTP服务未开启",
        ],
    ),
    Outcome(
        "auth-m365-basic-auth-disabled",
        None,
        "auth",
        False,
        [("auth 550 5.7.30 Basic authentication is not supported for Client Submission.", M365)],
    ),
    Outcome(
        "auth-m365-smtp-auth-disabled-mailbox",
        None,
        "username",
        False,
        [("auth 535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.", M365)],
    ),
    Outcome(
        "auth-m365-conditional-access",
        None,
        None,
        False,
        [("auth 535 5.7.139 user is locked by your organization's security defaults", M365)],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Password has expired",
            "auth 432 4.7.12 A password transition is needed",
            "auth 535 Ihr Passwort ist abgelaufen",
        ],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Too many failed login attempts",
            "auth 550 Too many invalid logins. Try again later",
            "auth 535 Zu viele Anmeldeversuche",
            "auth 535 Trop de tentatives de connexion",
        ],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        [
            ("auth 454 4.7.0 Too many login attempts, please try again later. x - gsmtp", GMAIL),
            "auth 421 4.7.0 Too many authentication failures",
            ("auth 451 Requested mail action not taken: too much fail authentication", NETEASE),
            "auth 450 4.7.1 Account temporarily locked",
        ],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        [
            "auth 454 4.3.0 Internal authentication error",
            "auth 451 4.7.0 Temporary server error. Please try again later. PRX4",
            "auth 435 Unable to authenticate at present",
            "auth 421 4.3.2 Server shutting down",
            "auth 451 4.3.0 Temporary server error. Please try again later",
        ],
    ),
    Outcome(
        "auth-mechanism-refused",
        None,
        "auth",
        False,
        [
            "auth 504 5.5.4 Unrecognized authentication type",
            "auth 535 5.7.8 Unsupported authentication mechanism",
            "auth 501 5.5.4 Unknown authentication method",
        ],
    ),
    Outcome(
        "auth-not-supported",
        None,
        "username",
        False,
        ["auth 502 5.5.1 Command not implemented", "auth 500 unrecognized command"],
    ),
    Outcome(
        "starttls-required-530",
        "starttls",
        "tls",
        False,
        [
            ("auth 530 5.7.0 STARTTLS is required to send mail", CLEAR),
            ("auth 554 5.7.3 Unable to initialize security subsystem, use TLS", CLEAR),
            ("auth 550 Verschlüsselung erforderlich", CLEAR),
            ("auth 550 Le chiffrement est obligatoire", CLEAR),
            ("auth 550 暗号化された接続が必要です", CLEAR),
        ],
    ),
    Outcome(
        "auth-538-encryption-required",
        None,
        "tls",
        False,
        [("auth 523 Encryption needed to use mechanism", CLEAR)],
    ),
    Outcome(
        "mail-from-530-starttls-first",
        None,
        "tls",
        False,
        [
            ("mail_from 530 5.7.1 Must issue a STARTTLS command first", CLEAR | NO_LOGIN),
            ("mail_from 451 4.7.1 Encryption required", CLEAR | NO_LOGIN),
            ("rcpt_to 550 5.7.10 Session encryption is required", CLEAR | NO_LOGIN),
            ("mail_from 550 5.7.0 Требуется шифрование", CLEAR | NO_LOGIN),
        ],
    ),
    Outcome(
        "mail-from-authentication-required",
        None,
        "username",
        False,
        [
            (f"mail_from {words}", NO_LOGIN)
            for words in (
                "530 SMTP authentication is required.",
                "530 5.7.0 Authentication required",
                "550 5.7.1 Authentication required",
                "503 5.5.4 Error: send AUTH command first",
                "503 This mail server requires authentication when attempting to send",
                "550 Please turn on SMTP Authentication in your mail client.",
                "535 5.7.1 Not authenticated",
                "535 5.7.1 Username and password required",
                "553 5.7.1 Sender address rejected: not logged in",
                "553 sorry, you must check your mail first (#5.7.1)",
                "530 5.7.3 Client was not authenticated",
                "550 5.7.57 SMTP; Client was not authenticated to send anonymous mail",
                "451 4.7.1 Please authenticate yourself",
                "550 Anmeldung erforderlich",
                "550 Authentification requise",
                "550 Se requiere autenticación",
                "550 Autenticazione richiesta",
                "550 Autenticação necessária",
                "550 Authenticatie vereist",
                "550 Wymagana autoryzacja",
                "550 Требуется авторизация",
                "550 SMTP認証が必要です",
                "550 需要身份验证",
            )
        ],
    ),
    Outcome(
        "rcpt-relay-denied-454",
        None,
        "username",
        False,
        [
            (f"rcpt_to {words}", NO_LOGIN)
            for words in (
                "554 5.7.1 <bob@example.org>: Relay access denied",
                "550 5.7.1 Unable to relay",
                "550 5.7.1 Unable to relay for bob@example.org",
                "553 5.3.0 <bob@example.org>... Relaying not allowed",
                "451 4.7.1 Relaying denied",
                "553 we don't relay (#5.7.1)",
                "571 Delivery not authorized, relaying denied",
                "550 Relaying mail to example.org is not allowed",
                "551 This mail server does not handle mail for example.org",
                "550 not local host example.org, not a gateway: relay not permitted",
                "550 Weiterleitung verweigert",
                "550 Relais refusé",
                "550 Reenvío no permitido",
                "550 Inoltro negato",
                "550 Retransmissão não permitida",
                "550 Doorsturen niet toegestaan",
                "550 Przekazywanie zabronione",
                "550 Пересылка запрещена",
                "550 中継は許可されていません",
                "550 拒绝中继",
            )
        ],
    ),
    Outcome(
        "rcpt-relay-denied-logged-in",
        None,
        "sender",
        False,
        ["rcpt_to 554 5.7.1 <x>: Relay access denied", "rcpt_to 550 relay not permitted"],
    ),
    Outcome(
        "rcpt-refused-without-login",
        None,
        "username",
        False,
        [("rcpt_to 550 5.7.1 Access denied", NO_LOGIN), ("rcpt_to 554 xyzzy", NO_LOGIN)],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 553 5.7.1 <ada@x>: Sender address rejected: not owned by user ada",
            "mail_from 553 5.7.1 Sender address rejected: not owned by auth user.",
            "mail_from 550 5.7.1 Sender address not allowed for this user",
            "mail_from 501 mail from address must be same as authorization user",
            "mail_from 550 5.7.1 You are not authorized to send from this address",
            "mail_from 550 not local sender over smtp",
            "mail_from 554 5.7.1 Sender address does not belong to logged in user",
            "mail_from 550 5.7.0 Sender address is not owned by user",
            "data 554 5.2.252 SendAsDenied; ada@x not allowed to send as bob@y",
            "data 550 5.7.1 From address is not allowed for this account",
            "mail_from 550 Absenderadresse nicht erlaubt",
            "mail_from 550 L'expéditeur n'est pas autorisé",
            "mail_from 550 El remitente no está autorizado",
            "mail_from 550 Mittente non autorizzato",
            "mail_from 550 Remetente não autorizado",
            "mail_from 550 Afzender niet toegestaan",
            "mail_from 550 Адрес отправителя не принадлежит пользователю",
            "mail_from 550 差出人アドレスが認証ユーザーと一致しません",
            "mail_from 553 发件人必须与登录用户一致",
            "mail_from 440 mail from account doesn't conform with authentication",
            "data 554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException",
        ],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        [
            "mail_from 550 The domain test.example is not verified. Please add and verify it",
            "data 550 Domain not verified",
            "data 550 5.7.1 Unconfigured Sending Domain <test.example>",
            "mail_from 554 5.7.1 Sender domain must be verified",
            "data 550 5.7.1 The sender address is not validated",
            "data 550 Absenderdomain nicht verifiziert",
            "mail_from 550 Отправитель не подтвержден",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.1.8 <ada@x>: Sender address rejected: Domain not found",
            "mail_from 553 5.1.8 <ada@x>... Domain of sender address does not exist",
            "rcpt_to 550 Sender verify failed",
            "mail_from 550 5.7.27 Sender address has null MX",
            "mail_from 501 Domain of sender address x does not resolve",
        ],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        [
            "mail_from 501 <ada>: sender address must contain a domain",
            "mail_from 553 5.1.7 Malformed address",
            "mail_from 555 5.5.2 Syntax error in mail from",
        ],
    ),
    Outcome(
        "mail-from-sender-rejected",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.1 Sender blocked",
            "mail_from 554 5.7.1 <ada@x>: Sender address rejected: Access denied",
            "mail_from 550 Absender abgelehnt",
            "mail_from 550 Отправитель отклонен",
        ],
    ),
    Outcome(
        "rcpt-greylisted",
        None,
        None,
        True,
        [
            "rcpt_to 451 4.7.1 Greylisting in action, please come back later",
            "rcpt_to 450 4.2.0 Greylisted for 300 seconds",
            "rcpt_to 550 5.7.1 Greylisted, try again in 5 minutes",
            "data 451 4.7.1 Grey-listed, retry later",
            "rcpt_to 451 DT:SPM please try again",
            "rcpt_to 450 4.7.1 You are greylisted",
            "rcpt_to 451 Graue Liste, bitte später",
            "rcpt_to 451 Liste grise, réessayez plus tard",
            "rcpt_to 451 В сером списке, попробуйте позже",
            "rcpt_to 451 グレイリストにより一時拒否",
            "rcpt_to 451 灰名单，请稍后再试",
        ],
    ),
    Outcome(
        "server-trouble",
        None,
        None,
        True,
        [
            "rcpt_to 451 Temporary local problem - please try later",
            "mail_from 452 4.3.1 Insufficient system storage",
            "data 451 4.3.0 Error: queue file write error",
            "mail_from 451 4.3.5 Server configuration error",
            "rcpt_to 451 4.3.0 Temporary lookup failure",
            "data 421 4.3.2 Service not available, closing transmission channel",
            "mail_from 450 4.3.2 System is busy, please try again later",
            "rcpt_to 451 Внутренняя ошибка сервера",
            "rcpt_to 451 系统繁忙",
        ],
    ),
    Outcome(
        "mail-from-451-waiting-for-client",
        None,
        None,
        True,
        [
            "data 421 4.4.2 mail.test Error: timeout exceeded",
            "mail_from 421 SMTP command timeout - closing connection",
            "rcpt_to 451 Idle too long",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.1.1 The email account that you tried to reach does not exist.",
            "rcpt_to 550 5.4.1 Recipient address rejected: Access denied.",
            "rcpt_to 550 No such person at this address.",
            "rcpt_to 511 sorry, no mailbox here by that name (#5.1.1)",
            "rcpt_to 550 Unrouteable address",
            "rcpt_to 550 Empfänger unbekannt",
            "rcpt_to 550 Utilisateur inconnu",
            "rcpt_to 550 El usuario no existe",
            "rcpt_to 550 Destinatario sconosciuto",
            "rcpt_to 550 Usuário desconhecido",
            "rcpt_to 550 Gebruiker onbekend",
            "rcpt_to 550 Użytkownik nie istnieje",
            "rcpt_to 550 Пользователь не найден",
            "rcpt_to 550 ユーザーが存在しません",
            "rcpt_to 550 用户不存在",
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [
            "rcpt_to 450 4.1.1 <x>: Recipient address rejected: User unknown",
        ],
    ),
    Outcome(
        "rcpt-mailbox-full",
        None,
        None,
        True,
        [
            "rcpt_to 452 4.2.2 The email account that you tried to reach is over quota",
            "rcpt_to 552 Mailbox is full",
            "rcpt_to 554 Quota exceeded (mailbox for user is full)",
            "data 552 5.2.2 Over quota",
            "rcpt_to 552 Postfach voll",
            "rcpt_to 552 Boîte pleine",
            "rcpt_to 552 Buzón lleno",
            "rcpt_to 552 Casella piena",
            "rcpt_to 552 Ящик переполнен",
            "rcpt_to 552 メールボックスがいっぱいです",
            "rcpt_to 552 邮箱已满",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.124 not in the allowed senders list",
            "rcpt_to 550 5.7.133 sender is not authenticated for group",
            "rcpt_to 550 You are not allowed to post to this list",
        ],
    ),
    Outcome(
        "mail-from-552-size",
        None,
        None,
        False,
        [
            "data 552 5.3.4 Message too big for system",
            "mail_from 552 message exceeds fixed maximum message size",
            "mail_from 523 the message size exceeds the recipient's size limit",
            "data 554 Message too large",
            "data 552 Nachricht zu groß",
            "data 552 Message trop volumineux",
            "data 552 Mensaje demasiado grande",
            "data 552 Письмо слишком большое",
            "data 552 メッセージサイズが制限を超えています",
            "data 552 邮件过大",
        ],
    ),
    Outcome(
        "rcpt-too-many-recipients",
        None,
        None,
        True,
        ["rcpt_to 452 4.5.3 Error: too many recipients", "rcpt_to 550 5.5.3 Too many recipients"],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            ("data 550 5.4.5 Daily SMTP relay sending quota exceeded.", GMAIL),
            ("data 550 5.4.6 Unusual sending activity detected.", at("smtp.zoho.com")),
            "auth 535 5.7.0 Limit exceeded",
            "data 550 Domain x has exceeded the max emails per hour (200/200 (100%)) allowed",
            "rcpt_to 450 4.7.1 Error: too many messages from 203.0.113.1, rate limited",
            "mail_from 452 4.3.1 You have reached your daily sending limit",
            "data 554 5.7.1 Rate limit exceeded",
            "mail_from 421 4.7.0 Message rate limit exceeded",
            "rcpt_to 550 Sender frequency limited",
            "data 550 5.7.1 Hourly email limit reached for this account",
            "mail_from 550 Sie haben das Tageslimit erreicht: Versandlimit überschritten",
            "mail_from 550 Limite d'envoi atteinte",
            "mail_from 550 Límite de envío superado",
            "mail_from 550 Limite di invio raggiunto",
            "mail_from 550 Limite de envio atingido",
            "mail_from 550 Limiet bereikt",
            "mail_from 550 Przekroczono limit wiadomości",
            "mail_from 550 Превышен лимит отправки писем",
            "mail_from 550 送信数の上限に達しました",
            "mail_from 550 发信频率超过限制",
        ],
    ),
    Outcome(
        "policy-gmail-unsolicited-rate",
        "policy",
        None,
        True,
        ["data 421 4.7.0 [TSS04] Messages from 203.0.113.1 temporarily deferred"],
    ),
    Outcome(
        "policy-m365-concurrent-connections",
        "policy",
        None,
        True,
        [
            "mail_from 421 4.7.0 Too many concurrent SMTP connections",
            "auth 454 4.7.0 Connection limit exceeded",
            "mail_from 421 Zu viele Verbindungen",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.13 User account disabled",
            ("data 554 5.1.8 Email Outgoing Blocked.", at("smtp.zoho.com")),
            "data 550 5.1.8 Access denied, bad outbound sender AS(42004)",
            "rcpt_to 550 Outgoing mail from ada@test.example has been suspended.",
            "auth 535 Your account has been suspended",
            "mail_from 550 5.7.1 Account is locked due to suspicious activity",
            "auth 525 5.7.13 User Account Disabled",
            "data 550 Sending is paused for this account, account under review",
            "auth 535 Konto gesperrt",
            "auth 535 Compte suspendu",
            "auth 535 Cuenta bloqueada",
            "auth 535 Аккаунт заблокирован",
            "auth 535 アカウントが停止されています",
            "auth 550 账号被锁定",
            ("auth 550 " + misread("帐号已被冻结", GB), {}),
        ],
    ),
    Outcome(
        "policy-gmail-no-spf-dkim",
        "policy",
        None,
        False,
        [
            "data 550 5.7.26 This mail is unauthenticated: neither SPF nor DKIM passed",
            "data 550 5.7.1 The sender must authenticate with SPF or DKIM",
        ],
    ),
    Outcome(
        "policy-dmarc",
        "policy",
        "sender",
        False,
        [
            "data 550 5.7.1 Email rejected per DMARC policy for test.example",
            "data 550 5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy",
            "data 550 5.7.509 Access denied, sending domain does not pass DMARC verification",
            "data 550 5.7.515 Access denied, sending domain does not meet the required"
            " authentication level",
        ],
    ),
    Outcome(
        "policy-spf",
        "policy",
        "sender",
        False,
        [
            "mail_from 550 5.7.23 SPF validation failed",
            ("data 550 5.7.27 The sender's SPF did not pass", GMAIL),
            "rcpt_to 550 5.7.1 Recipient rejected: sender not allowed by its SPF record",
        ],
    ),
    Outcome(
        "policy-dkim",
        "policy",
        None,
        False,
        [
            "rcpt_to 550 5.7.20 No passing DKIM signature found",
            "data 550 5.7.1 DKIM verification failed",
        ],
    ),
    Outcome(
        "tls-version-refused",
        "tls",
        "tls_version",
        False,
        [
            "auth 530 5.7.0 TLS version not supported, please use TLS 1.2 or newer",
            "ehlo 421 4.7.1 Insecure connection, TLS 1.2 required",
            "mail_from 550 5.7.0 Outdated TLS versions are refused here",
        ],
    ),
    Outcome(
        "auth-account-locked",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Your account is locked, ask the administrator",
            ("auth 535 5.7.139 Authentication unsuccessful, account is locked.", M365),
        ],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        ["rcpt_to 550 5.7.1 Your email address has been blacklisted: sender on blacklist"],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        [
            "mail_from 503 5.5.2 Need EHLO first",
            "mail_from 555 5.5.4 Unsupported option: SIZE=700",
            "data 503 5.5.1 Bad sequence of commands",
        ],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        [
            "auth 550 5.3.0 Internal error in authentication backend",
            "auth 535 5.7.8 LDAP server unavailable",
            "auth 535 5.7.0 authentication failed: no mechanism available",
        ],
    ),
    Outcome(
        "policy-gmail-relay-invalid-credentials",
        "policy",
        None,
        False,
        [
            ("auth 525 5.7.1 Unauthorized IP address", at("smtp-relay.brevo.com")),
            "auth 535 Access from your country is not allowed",
            "auth 550 5.7.1 Your IP address 203.0.113.5 is not in the list of allowed addresses",
        ],
    ),
    Outcome(
        "policy-local-rule",
        "policy",
        None,
        False,
        [
            "data 554 Reject due to policy restrictions",
            "data 550 5.7.1 [CS01] Message rejected due to local policy",
        ],
    ),
    Outcome(
        "policy-rule-on-sender",
        "policy",
        None,
        False,
        [
            "rcpt_to 550 Administrative prohibition",
            "mail_from 554 5.7.1 Rejected by local policy",
        ],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            "rcpt_to 554 5.7.1 Service unavailable; Client host blocked using bl.spamcop.net",
            "mail_from 550 5.7.606 Access denied, banned sending IP [203.0.113.1]",
            "rcpt_to 550 5.7.1 Message rejected: your IP is listed in Barracuda",
            "rcpt_to 554 DT:RBL 163 smtp",
            "data 554 5.7.1 Poor reputation of sending host",
            "rcpt_to 550 Ihre IP steht auf einer Sperrliste",
            "rcpt_to 550 Votre adresse IP est sur liste noire",
            "rcpt_to 550 Ваш IP в черном списке",
            "rcpt_to 550 ブラックリストに登録されています",
            "rcpt_to 550 您的IP在黑名单中",
        ],
    ),
    Outcome(
        "policy-reverse-dns",
        "policy",
        None,
        False,
        [
            "mail_from 550 5.7.25 The sending IP does not have a PTR record",
            "rcpt_to 550 Reverse DNS lookup failed",
            "rcpt_to 554 5.7.1 Fix reverse DNS for 203.0.113.1",
            "rcpt_to 550 逆引きができません",
        ],
    ),
    Outcome(
        "policy-gmail-relay-invalid-credentials",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.1 Your IP address is not whitelisted",
            "auth 550 Access from your country is blocked",
            "mail_from 550 5.7.1 Client IP not in allowed list",
            "auth 535 国外からのアクセスは制限されています",
        ],
    ),
    Outcome(
        "policy-virus-found",
        "policy",
        None,
        False,
        [
            "data 550 5.7.1 Virus found in message",
            "data 550 5.7.1 This message contains malware (Eicar-Test-Signature)",
            "data 554 Nachricht enthält Viren",
        ],
    ),
    Outcome(
        "policy-attachment-refused",
        "policy",
        None,
        False,
        [
            "data 552 5.7.0 Our system detected an illegal attachment on your message",
            "data 552 5.7.0 This message was blocked because its content presents a potential "
            "security issue",
            "data 550 Dateianhang nicht erlaubt",
            "data 554 附件禁止发送",
        ],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 Message rejected under suspicion of SPAM",
            "data 552 5.7.0 This message was blocked because its content presents a security issue",
            "data 554 sorry, message looks like SPAM to me",
            "data 550 Письмо отклонено: похоже на спам",
            "data 554 DT:SPM 163 smtp, junk",
            "data 550 spam message rejected",
            "data 550 Mail content denied.",
            "data 554 Сообщение отклонено как спам",
            "data 554 迷惑メールと判定されました",
            "data 554 反垃圾邮件拒收",
        ],
    ),
    Outcome(
        "data-missing-message-id",
        "data",
        None,
        False,
        [
            "data 550 5.7.1 Messages missing a valid address in From: header are not accepted",
            "data 554 5.6.0 Message is not RFC 5322 compliant",
            "data 550 5.6.0 Lack of Date header",
            "data 550 Multiple From headers",
        ],
    ),
    Outcome(
        "data-mail-loop",
        "data",
        None,
        False,
        ["data 554 5.4.14 Hop count exceeded - possible mail loop", "data 554 too many hops"],
    ),
    Outcome(
        "ehlo-name-refused",
        "ehlo",
        None,
        False,
        [
            "ehlo 550 HELO/EHLO localhost is invalid",
            "ehlo 504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname",
            "ehlo 450 4.7.1 Helo command rejected: Host not found",
            "ehlo 550 Access denied",
        ],
    ),
    Outcome(
        "banner-554-poor-reputation",
        None,
        "server",
        False,
        [
            "banner 554 IP=203.0.113.1 - A problem occurred. Your IP is blocked",
            "banner 550 5.7.1 203.0.113.1 listed at zen.spamhaus.org",
        ],
    ),
    Outcome(
        "banner-dynamic-address",
        None,
        "server",
        False,
        ["banner 554 5.7.1 Dynamic IP ranges are not welcome"],
    ),
    Outcome(
        "banner-421-too-many-connections",
        None,
        None,
        True,
        [
            "banner 421 4.7.0 Too many connections from your IP",
            "banner 554 Too many connections",
            "banner 421 4.7.0 Connection rate limit exceeded",
        ],
    ),
    Outcome(
        "banner-421-not-available",
        None,
        None,
        True,
        ["banner 421 4.3.2 All server ports are busy", "banner 450 4.3.2 Try again later"],
    ),
    Outcome(
        "banner-554-no-service",
        None,
        "server",
        False,
        ["banner 521 this server does not accept mail", "banner 554 5.7.1 Access denied"],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "data 452 4.2.2 You have reached your daily sending limit of 300 emails",
            "rcpt_to 452 4.5.3 送信通数制限を超えました",
            "data 554 5.7.1 Superato il numero massimo di email inviabili per ora",
            "rcpt_to 550 5.2.0 OFR_515 Mail rejete. Volume d'emails trop important.",
        ],
    ),
    Outcome(
        "policy-gmail-unsolicited-rate",
        "policy",
        None,
        True,
        [
            "data 421 4.7.0 This message is suspicious due to the very low reputation of the "
            "sending IP address. Mail from your IP address has been temporarily rate limited.",
            "mail_from 421 RP-001 (X) Unfortunately, some messages from 203.0.113.5 weren't sent.",
        ],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            "mail_from 553 5.7.1 [TSS09] All messages from 203.0.113.5 will be permanently "
            "deferred; Retrying will NOT succeed.",
            "rcpt_to 554 Blocked - see https://ipcheck.example.net/?ip=203.0.113.5",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "auth 535 Account temporarily blocked. Please contact support",
            "auth 535 5.7.8 Error: authentication failed: Sending disabled for mailbox",
            "data 550 5.7.705 Access denied, tenant has exceeded threshold",
        ],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        [
            "data 550 5.7.1 Sender not valid: ada@test.example. Validate your sender",
            "mail_from 550 5.1.0 ada@test.example isn't a validated sender.",
        ],
    ),
    Outcome(
        "policy-gmail-relay-invalid-credentials",
        "policy",
        None,
        False,
        [
            ("auth 535 The IP address used is not on the allow list", at("smtp.sendgrid.net")),
            "mail_from 550 5.7.1 国外IPアドレスからの送信は制限されています",
        ],
    ),
    Outcome(
        "policy-local-rule",
        "policy",
        None,
        False,
        [
            "data 550 Requested action not taken: mailbox unavailable For explanation visit x",
            "data 550 permanent failure for one or more recipients (bob@example.org:blocked)",
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 501 5.5.4 You are not allowed to send from this address.",
            "mail_from 501 5.7.0 Unauthorized use of sender address",
            "mail_from 553 5.7.1 O remetente não pertence ao usuário autenticado",
        ],
    ),
    Outcome(
        "mail-from-unverified-for-now",
        None,
        "sender",
        True,
        [
            "rcpt_to 450 4.1.7 <x>: Sender address rejected: unverified address: Address "
            "verification in progress",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "rcpt_to 550 5.1.7 <x>: Sender address rejected: undeliverable address: No such user",
            "mail_from 517 MX records for test.example violate section 3.3.9 of RFC 1035.",
        ],
    ),
    Outcome(
        "policy-gmail-no-spf-dkim",
        "policy",
        None,
        False,
        ["data 550 Rejected by header based Anti-Spoofing policy"],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        ["data 503 5.5.0 <DATA>: Improper use of SMTP command pipelining"],
    ),
    Outcome(
        "auth-mechanism-refused",
        None,
        "auth",
        False,
        ["auth 501 5.5.2 Cannot decode response"],
    ),
    Outcome(
        "rcpt-domain-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 554 5.1.2 Host unknown",
            "rcpt_to 556 5.1.10 <x>: Recipient address rejected: Domain example.org does not "
            "accept mail (nullMX)",
        ],
    ),
    Outcome(
        "rcpt-receives-too-much",
        None,
        None,
        True,
        [
            "rcpt_to 550 5.2.1 The user you are trying to contact is receiving mail at a rate that "
            "prevents additional messages from being delivered.",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.193 UnifiedGroupAgent; Delivery failed because the sender isn't a "
            "group member",
        ],
    ),
    Outcome(
        "mail-from-login-not-counted",
        None,
        "port",
        False,
        ["rcpt_to 550 5.7.1 Relaying denied. Proper authentication required."],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        ["mail_from 501 5.5.4 Syntax error in parameters: BODY=8BITMIME"],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        ["mail_from 553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)"],
    ),
    Outcome(
        "mail-from-530-starttls-first",
        None,
        "tls",
        False,
        [("mail_from 550 5.7.29 This message does not have TLS", CLEAR)],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.8 Authentifizierung fehlgeschlagen (Postfach nicht aktiviert)",
            "mail_from 550 5.7.1 Domain test.example is not allowed to send: Please activate your "
            "account",
        ],
    ),
    Outcome(
        "policy-credits-used-up",
        "policy",
        None,
        False,
        ["data 554 5.7.1 Account has a negative balance; service is suspended"],
    ),
    Outcome(
        "policy-gmail-unsolicited-rate",
        "policy",
        None,
        True,
        ["mail_from 550 Ip frequency limited."],
    ),
    Outcome(
        "policy-gmail-relay-invalid-credentials",
        "policy",
        None,
        False,
        ["auth 535 Accesso dall'estero non consentito"],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        ["mail_from 550 5.7.1 The specified sender domain has not been linked to this resource"],
    ),
    Outcome(
        "auth-web-login",
        None,
        "password",
        False,
        ["auth 535 5.7.8 Unusual login activity detected. Verify via browser"],
    ),
    Outcome(
        "policy-authentication-unchecked",
        "policy",
        None,
        True,
        ["data 451 4.7.1 DMARC: temporary failure looking up the policy, DNS timeout"],
    ),
    Outcome(
        "mail-from-unverified-for-now",
        None,
        "sender",
        True,
        ["mail_from 451 4.1.8 Sender address rejected: domain lookup failed, DNS timeout"],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        ["rcpt_to 451 4.4.1 Unable to contact the mail host of example.org"],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.1 Service unavailable, MailFrom domain is listed in Spamhaus.",
            "data 550 5.7.1 Rejected due to having a domain present in the Spamhaus DBL",
            "data 550 5.7.1 suspicious due to the very low reputation of the sending domain.",
            "data 550 Rejected by header based manually Blocked Senders: ada@test.example",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "data 550 Local mailbox bob@example.org is unavailable: account is disabled",
            "data 554 delivery error: dd Sorry, your message to bob@example.org cannot be "
            "delivered. This mailbox is disabled",
        ],
    ),
    Outcome(
        "rcpt-mailbox-full",
        None,
        None,
        True,
        ["rcpt_to 552 5.2.2 Mailbox size limit exceeded"],
    ),
    Outcome(
        "policy-local-rule",
        "policy",
        None,
        False,
        ["data 554 5.2.3 MailPolicy violation Error delivering to mailboxes"],
    ),
    Outcome(
        "rcpt-address-malformed",
        None,
        None,
        False,
        ["rcpt_to 553 5.1.2 The recipient address <.@x> is not a valid RFC-5321 address."],
    ),
    Outcome(
        "rcpt-receives-too-much",
        None,
        None,
        True,
        ["rcpt_to 421 4.7.1 Messages to bob@example.org deferred due to excessive volume."],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 554 5.7.1 <bob@example.org>: Recipient address rejected: BLOCK-SEND-ER.",
            ("rcpt_to 550 Envelope blocked - User Entry", NO_LOGIN),
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [("rcpt_to 451 Invalid Recipient", NO_LOGIN)],
    ),
    Outcome(
        "rcpt-yahoo-450-mailbox-unavailable",
        None,
        None,
        True,
        [
            "rcpt_to 550 Requested action not taken: mailbox unavailable Failure sending mail. "
            "Try again later",
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["data 550 the From: header address is not the same as the authenticated user"],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        [
            "mail_from 503 Error: nested MAIL command",
            "rcpt_to 503 sender not yet given",
            "data 502 5.5.1 Unimplemented",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "mail_from 550 Requested action not taken: mailbox unavailable invalid DNS MX or "
            "A/AAAA resource record",
        ],
    ),
    Outcome(
        "auth-mailbox-full",
        "policy",
        None,
        True,
        ["data 554 5.2.0 QuotaExceededException; the sender mailbox is over the quota"],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.139 Authentication unsuccessful, the user credentials have expired.",
                M365,
            )
        ],
    ),
    Outcome(
        "policy-api-key-restricted",
        None,
        "password",
        False,
        ["data 550 This API key is restricted to only send emails from example.com"],
    ),
    Outcome(
        "policy-domain-not-verified",
        "policy",
        "sender",
        False,
        ["data 554 5.7.1 Demo domains can only be used to send emails to account owners."],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.1 Mail from ada@test.example is not permitted from this account",
            "mail_from 530 5.7.0 Authentication required, but the authenticated account does not "
            "match the sender address",
            "mail_from 553 Local user only,163 smtp5",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "mail_from 550 Envío bloqueado: la cuenta ha sido comprometida",
            "auth 550 5.7.1 Your account has been locked due to suspected abuse.",
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        ["rcpt_to 452 Too many recipients received this hour"],
    ),
    Outcome(
        "policy-gmail-relay-invalid-credentials",
        "policy",
        None,
        False,
        ["auth 550 5.7.1 Client does not have permission to use AUTH from this network"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        ["auth 535 5.7.8 Access denied: IMAP only account"],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.1 Sender domain test.example has no valid MX or A record",
            "mail_from 550 5.1.0 <ada@test.example> sender rejected : invalid sender domain",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["mail_from 554 5.7.1 Outbound email blocked: contact billing@example.com"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["data 550 5.7.1 The user does not have permission to send on behalf of root@test.example"],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        ["data 554 5.7.1 Nachricht wegen unzulässiger Inhalte abgelehnt"],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        ["data 421 4.7.0 Too much mail from your account today"],
    ),
    Outcome(
        "rcpt-relay-denied-logged-in",
        None,
        "sender",
        False,
        ["rcpt_to 550 5.7.1 You are not allowed to send to external recipients"],
    ),
    Outcome(
        "data-sendgrid-sender-identity",
        None,
        "sender",
        False,
        [
            (
                "data 550 Unauthorized from address. Domain example.org has not been authenticated",
                at("smtp.sendgrid.net"),
            ),
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        ["rcpt_to 559 Invalid rcptto [@sm070102]"],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        ["rcpt_to 550 5.1.1 The mailbox you are trying to reach was moved or closed"],
    ),
    Outcome(
        "policy-link-listed",
        "policy",
        None,
        False,
        ["data 550 5.7.1 The message contains a link to a known phishing site"],
    ),
    Outcome(
        "data-bare-lf-521",
        "data",
        None,
        False,
        ["data 550 5.6.0 Lone CR or LF in body (see RFC2822 section 2.3)"],
    ),
    Outcome(
        "policy-credits-used-up",
        "policy",
        None,
        False,
        ["data 550 5.7.0 Your monthly plan has expired, please renew your subscription"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["mail_from 550 Hemos detectado un envío masivo desde su cuenta; envío suspendido"],
    ),
    Outcome(
        "policy-gmail-unsolicited-rate",
        "policy",
        None,
        True,
        ["mail_from 421 4.7.1 Intrusion prevention active for [203.0.113.5]"],
    ),
    Outcome(
        "rcpt-greylisted",
        None,
        None,
        True,
        [
            "rcpt_to 451 Internal resource temporarily unavailable - "
            "https://community.mimecast.com/docs/DOC-1369",
        ],
    ),
    Outcome(
        "server-trouble",
        None,
        None,
        True,
        [
            "rcpt_to 451 4.3.0 Internal resource temporarily unavailable",
            "data 451 4.7.1 Temporary rejected: antivirus engine not ready",
            "data 451 4.7.1 clamav: antivirus not ready",
            "data 451 4.7.1 Content scanner malfunction: milter unavailable",
        ],
    ),
    Outcome(
        "server-trouble",
        None,
        None,
        True,
        [
            "data 554 5.3.0 Disk full, cannot store message",
        ],
    ),
    Outcome(
        "auth-client-certificate-required",
        None,
        "port",
        False,
        [
            "auth 535 5.7.8 Error: authentication failed: client certificate required",
            "rcpt_to 554 5.7.1 <bob@example.com>: Relay access denied "
            "(missing or invalid client certificate)",
        ],
    ),
    Outcome(
        "auth-full-address-wanted",
        None,
        "username",
        False,
        [
            "auth 535 5.7.8 user name must contain a domain",
        ],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Password has been leaked and must be changed before sending mail",
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 authentication failed. IMAP/SMTP setting is off",
            (
                "auth 535 5.7.1 Application not allowed: Your Workspace administrator"
                " has disabled SMTP access for this user",
                at("smtp.gmail.com"),
            ),
            ("auth 554 5.7.8 Access Restricted", at("smtp.zoho.in")),
        ],
    ),
    Outcome(
        "auth-app-password-required",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.0 (#AUTH005) Unable to authenticate: Please generate an app password",
                at("smtp.mail.yahoo.com"),
            ),
        ],
    ),
    Outcome(
        "auth-account-locked",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 アカウントがロックされています。管理者にお問い合わせください",
        ],
    ),
    Outcome(
        "policy-api-key-restricted",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Incorrect username or password: app password does not have SMTP access",
        ],
    ),
    Outcome(
        "policy-gmail-relay-invalid-credentials",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.8 Acceso SMTP bloqueado desde su país",
        ],
    ),
    Outcome(
        "policy-connection-used-up",
        "policy",
        None,
        True,
        [
            "data 421 4.2.0 Too many messages in this session; open a new connection",
            "mail_from 421 4.5.3 Too many messages on the same connection",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "data 552 5.2.2 Account disabled: Business Verification pending",
        ],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 Blocked by DLP policy: credit card number detected",
        ],
    ),
    Outcome(
        "rcpt-too-many-recipients",
        None,
        None,
        True,
        [
            "rcpt_to 452 4.5.3 Domain policy size per transaction exceeded,"
            " please try this recipient in a separate transaction.",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "rcpt_to 550 Callback setup failed while verifying <ada@example.org>: "
            "The initial connection, or a HELO or MAIL FROM:<> command was rejected",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; "
            "authentication required; Delivery restriction check failed because "
            "the sender was not authenticated when sending to this group",
            "rcpt_to 550 permanent failure for one or more recipients (bob@example.com:blocked)",
        ],
    ),
    Outcome(
        "rcpt-domain-unknown",
        None,
        None,
        True,
        [
            "rcpt_to 450 4.1.2 <bob@example.com>: Recipient address rejected: Domain not found",
            "rcpt_to 450 Domínio do destinatário não encontrado",
        ],
    ),
    Outcome(
        "data-missing-message-id",
        None,
        None,
        False,
        [
            "data 550 5.7.0 Message discarded: null byte in message not allowed",
        ],
    ),
    Outcome(
        "auth-web-login",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.8 Error: authentication failed: Please accept EULA first. 1710000000",
                at("smtp.yandex.ru"),
            ),
        ],
    ),
    Outcome(
        "auth-on-another-port",
        None,
        "port",
        False,
        [
            "auth 550 5.7.1 Authentication not allowed on this interface",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.8 Your account has not been verified. Check your inbox",
            (
                "data 550 5.7.0 Your account is under validation. You can send when it is approved",
                at("smtp-relay.brevo.com"),
            ),
        ],
    ),
    Outcome(
        "data-missing-message-id",
        None,
        None,
        False,
        [
            "data 550 5.1.20 Multiple From addresses are not allowed without Sender address",
            "data 554 Transaction failed: Address contains illegal characters in user name",
            "data 554 Transaction failed: Expected disposition, got null",
            "data 550 5.3.4 Headers too large (32768 max)",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.1 Unable to deliver: sending to this domain is "
            "blocked by your administrator",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.2.1 Mailbox disabled for this recipient",
        ],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        [
            "rcpt_to 554 5.7.1 Rejected: sender domain example.org is newly registered",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "rcpt_to 550 5.7.1 Sender rejected: MX of example.org points to a loopback address",
        ],
    ),
    Outcome(
        "policy-rule-on-sender",
        "policy",
        None,
        False,
        [
            "mail_from 550 Administratively prohibited",
        ],
    ),
    Outcome(
        "policy-local-rule",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 The user or domain that you are sending to (or from) "
            "has a policy that prohibited the mail",
        ],
    ),
    Outcome(
        "policy-attachment-refused",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 Password protected archive cannot be scanned",
        ],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [
            "data 550 5.7.1 message contains too many URLs",
        ],
    ),
    Outcome(
        "server-trouble",
        None,
        None,
        True,
        [
            "data 452 Za mało miejsca na dysku serwera",
        ],
    ),
    Outcome(
        "mail-from-451-waiting-for-client",
        None,
        None,
        True,
        [
            "data 452 Timeout waiting for data from client.",
        ],
    ),
    Outcome(
        "mail-from-login-not-counted",
        None,
        "port",
        False,
        ["rcpt_to 550 You are not allowed to send mail to others, please authenticate"],
    ),
]
