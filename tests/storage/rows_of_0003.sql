-- What a panel at revision 0003 had stored after a sign-in, two saves and two tests.
-- The secrets are encrypted with the key of tests/storage/test_older_database.py.
INSERT INTO users (id, email, name, role, password_hash, language, epoch, created_at) VALUES
    (1, 'ada@example.com', '', 'admin', 'scrypt:32768:8:1$DB1hr7FeFAiKVXk0$10f99627b95404a0d72394e37603cb2ddd61ce5be71d33c8f73509218debb959592250b9fc9d31b41585dae021b6e51729831c609915a956e17dec4d80bca088', NULL, 0, '2026-11-28 05:22:35.090368');
INSERT INTO users (id, email, name, role, password_hash, language, epoch, created_at) VALUES
    (2, 'eve@example.com', '', 'admin', 'scrypt:32768:8:1$DB1hr7FeFAiKVXk0$10f99627b95404a0d72394e37603cb2ddd61ce5be71d33c8f73509218debb959592250b9fc9d31b41585dae021b6e51729831c609915a956e17dec4d80bca088', NULL, 0, '2026-11-28 05:22:35.091763');
INSERT INTO users (id, email, name, role, password_hash, language, epoch, created_at) VALUES
    (3, 'max@example.com', '', 'member', 'scrypt:32768:8:1$DB1hr7FeFAiKVXk0$10f99627b95404a0d72394e37603cb2ddd61ce5be71d33c8f73509218debb959592250b9fc9d31b41585dae021b6e51729831c609915a956e17dec4d80bca088', NULL, 0, '2026-11-28 05:22:35.092622');
INSERT INTO one_time_link (id, token_hash, purpose, user_id, expires_at, used_at) VALUES
    (1, '3f23b99127fe576a72065124adb6e7876dc396936948c86791b319cb8e37e518', 'first_admin', NULL, '2026-11-29 05:22:35.017942', NULL);
INSERT INTO settings (id, version, service, server, sender, username, port, tls, tls_version, tls_start, auth, password_encrypted, password_destination, updated_at, updated_by, test_outcome, client_id, token_endpoint, scopes, ehlo_name, envelope_sender, reply_to, ca_pem, pinned, time_limit, client_secret_encrypted, client_secret_destination) VALUES
    (1, 2, 'custom', '127.0.0.1', 'ada@example.com', '', 1, false, '1.2', 'auto', 'auto', 'gAAAAABrCmUb1SIwzmaoYrDf24XQKyL28a7garR318eDG19R-6H53IcKw6k9t3L9jqkVakbaOc0DX-8AAycHyG5VzZ1dywPXIBhOpXExdL_nkv9rmavrKhqt4UFFcJR2Av5D0Gn841KrWw2sH3Tqx5D9DPsAe4whWStijCyaSZ3Zj2Cx9TsxUQiHNvXiZaW99BcmGTFmxxtp1O9gXv_icS8ET8wY_CvACMApL6ZKq_Pb2e31BzvjwB4=', '{"port": 53357, "protection": 0, "server": "127.0.0.1", "username": "ada@test.example"}', '2026-11-28 05:22:35.632678', 'ada@example.com', 'untested', '', '', '', '', '', 'answers@test.example', '', '', NULL, NULL, NULL);
INSERT INTO check_run (id, kind, state, verdict, user_id, recipient, settings_version, draft, password_typed, stages, steps, diagnosis, transcript, started_at, ends_by, arrival_hash, arrived_at) VALUES
    ('M3MooRbJi2UQe3z1fD4bcw', 'TEST', 'PASSED', 'ACCEPTED', 1, 'ada@example.com', NULL, '{"service": "custom", "server": "127.0.0.1", "port": "53357", "tls": "", "tls_version": "1.2", "sender": "Panel <no-reply@test.example>", "username": "ada@test.example", "tls_start": "auto", "auth": "auto", "client_id": "", "token_endpoint": "", "scopes": "", "ehlo_name": "", "envelope_sender": "", "reply_to": "", "time_limit": "", "ca_pem": "", "pinned": "", "remove_password": "", "remove_client_secret": ""}', true, '["dns", "connect", "banner", "ehlo", "tls", "auth", "mail_from", "rcpt_to", "data"]', '[{"step": "dns", "state": "passed", "ms": 0.0, "detail": {"server": "127.0.0.1", "addresses": ["127.0.0.1"]}}, {"step": "connect", "state": "passed", "ms": 0.3, "detail": {"address": "127.0.0.1:53357", "failed": [], "local": "127.0.0.1"}}, {"step": "banner", "state": "passed", "ms": 0.6, "detail": {"greeting": "mail.test.example Python SMTP 1.4.6"}}, {"step": "ehlo", "state": "passed", "ms": 41.0, "detail": {"name": "[127.0.0.1]", "greeted": "mail.test.example", "offered": ["SIZE 10000000", "8BITMIME", "AUTH LOGIN PLAIN", "HELP"], "size_limit": 10000000}}, {"step": "tls", "state": "skipped", "ms": null, "detail": {}}, {"step": "auth", "state": "passed", "ms": 0.6, "detail": {"offered": ["LOGIN", "PLAIN"], "mechanism": "PLAIN"}}, {"step": "mail_from", "state": "passed", "ms": 14.5, "detail": {"address": "no-reply@test.example", "reply": "250 2.1.0 OK"}}, {"step": "rcpt_to", "state": "passed", "ms": 0.3, "detail": {"address": "ada@example.com", "reply": "250 OK"}}, {"step": "data", "state": "passed", "ms": 0.4, "detail": {"reply": "250 2.0.0 OK queued as 4TEST", "queue_id": "4TEST", "octets": 2418}}]', NULL, '*  127.0.0.1 is 127.0.0.1
*  connected to 127.0.0.1:53357
S: 220 mail.test.example Python SMTP 1.4.6
C: EHLO [127.0.0.1]
S: 250-mail.test.example
S: 250-SIZE 10000000
S: 250-8BITMIME
S: 250-AUTH LOGIN PLAIN
S: 250 HELP
C: AUTH PLAIN ***
S: 235 2.7.0 Authentication successful
C: MAIL FROM:<no-reply@test.example> SIZE=2415
S: 250 2.1.0 OK
C: RCPT TO:<ada@example.com>
S: 250 OK
C: DATA
S: 354 End data with <CR><LF>.<CR><LF>
C: (message, 2418 octets)
S: 250 2.0.0 OK queued as 4TEST
C: QUIT
S: 221 Bye', '2026-11-28 05:22:35.412680', '2026-11-28 05:23:05.412680', 'eec1cc8cee169981553683feb64fe3f525ab619c403452e01aa9275dc516f9ee', NULL);
INSERT INTO check_run (id, kind, state, verdict, user_id, recipient, settings_version, draft, password_typed, stages, steps, diagnosis, transcript, started_at, ends_by, arrival_hash, arrived_at) VALUES
    ('haIqWXB_m44RjA69rRup1A', 'CHECK', 'PASSED', 'CONNECTED', NULL, '', 1, '{"service": "custom", "server": "127.0.0.1", "port": "53357", "tls": "", "tls_version": "1.2", "sender": "Panel <no-reply@test.example>", "username": "ada@test.example", "tls_start": "auto", "auth": "auto", "client_id": "", "token_endpoint": "", "scopes": "", "ehlo_name": "", "envelope_sender": "", "reply_to": "", "time_limit": "", "ca_pem": "", "pinned": ""}', false, '["dns", "connect", "banner", "ehlo", "tls", "auth", "mail_from", "rcpt_to", "data"]', '[{"step": "dns", "state": "passed", "ms": 0.0, "detail": {"server": "127.0.0.1", "addresses": ["127.0.0.1"]}}, {"step": "connect", "state": "passed", "ms": 1.4, "detail": {"address": "127.0.0.1:53357", "failed": [], "local": "127.0.0.1"}}, {"step": "banner", "state": "passed", "ms": 0.1, "detail": {"greeting": "mail.test.example Python SMTP 1.4.6"}}, {"step": "ehlo", "state": "passed", "ms": 43.5, "detail": {"name": "[127.0.0.1]", "greeted": "mail.test.example", "offered": ["SIZE 10000000", "8BITMIME", "AUTH LOGIN PLAIN", "HELP"], "size_limit": 10000000}}, {"step": "tls", "state": "skipped", "ms": null, "detail": {}}, {"step": "auth", "state": "passed", "ms": 0.4, "detail": {"offered": ["LOGIN", "PLAIN"], "mechanism": "PLAIN"}}, {"step": "mail_from", "state": "passed", "ms": 0.3, "detail": {"address": "no-reply@test.example", "reply": "250 2.1.0 OK"}}, {"step": "rcpt_to", "state": "skipped", "ms": null, "detail": {}}, {"step": "data", "state": "skipped", "ms": null, "detail": {}}]', NULL, '*  127.0.0.1 is 127.0.0.1
*  connected to 127.0.0.1:53357
S: 220 mail.test.example Python SMTP 1.4.6
C: EHLO [127.0.0.1]
S: 250-mail.test.example
S: 250-SIZE 10000000
S: 250-8BITMIME
S: 250-AUTH LOGIN PLAIN
S: 250 HELP
C: AUTH PLAIN ***
S: 235 2.7.0 Authentication successful
C: MAIL FROM:<no-reply@test.example>
S: 250 2.1.0 OK
C: QUIT
S: 221 Bye', '2026-11-28 05:22:35.517236', '2026-11-28 05:23:05.517236', NULL, NULL);
INSERT INTO check_run (id, kind, state, verdict, user_id, recipient, settings_version, draft, password_typed, stages, steps, diagnosis, transcript, started_at, ends_by, arrival_hash, arrived_at) VALUES
    ('FZ4OPFxcylDDMXbGy3FFIw', 'TEST', 'FAILED', 'FAILED', 1, 'ada@example.com', NULL, '{"service": "custom", "server": "127.0.0.1", "port": "1", "tls": "", "tls_version": "1.2", "sender": "ada@example.com", "username": "", "tls_start": "auto", "auth": "auto", "client_id": "", "token_endpoint": "", "scopes": "", "ehlo_name": "", "envelope_sender": "", "reply_to": "", "time_limit": "", "ca_pem": "", "pinned": "", "remove_password": "", "remove_client_secret": ""}', false, '["dns", "connect", "banner", "ehlo", "tls", "auth", "mail_from", "rcpt_to", "data"]', '[{"step": "dns", "state": "passed", "ms": 0.0, "detail": {"server": "127.0.0.1", "addresses": ["127.0.0.1"]}}, {"step": "connect", "state": "failed", "ms": 3.0, "detail": {"failed": [{"address": "127.0.0.1:1", "error": "[Errno 111] Connection refused"}], "error": "[Errno 111] Connection refused"}}]', '{"id": "connect-refused-wrong-port", "stage": "connect", "field": "port", "retryable": true, "repair": "starttls-587", "server_says": "[Errno 111] Connection refused", "values": {"stage": "connect", "kind": "refused", "server": "127.0.0.1", "port": "1", "sender": "ada@example.com", "recipient": "ada@example.com"}, "offer": null}', '*  127.0.0.1 is 127.0.0.1
*  127.0.0.1:1 failed: [Errno 111] Connection refused
*  tried port=587, tls=1, tls_start=starttls: does not work
*  tried port=1, tls=1, tls_start=starttls: does not work
*  tried port=1, tls=1, tls_start=implicit: does not work
*  tried port=465, tls=1, tls_start=implicit: does not work
*  tried port=25, tls=1, tls_start=starttls: does not work', '2026-11-28 05:22:35.592637', '2026-11-28 05:23:05.592637', '47a1c462253c99735987822f49532897caa7b3beed29b480ea819b0bba1047c7', NULL);
INSERT INTO check_run (id, kind, state, verdict, user_id, recipient, settings_version, draft, password_typed, stages, steps, diagnosis, transcript, started_at, ends_by, arrival_hash, arrived_at) VALUES
    ('YpzkIJd-WfvC0L_WXBgO9g', 'CHECK', 'FAILED', 'FAILED', NULL, '', 2, '{"service": "custom", "server": "127.0.0.1", "port": "1", "tls": "", "tls_version": "1.2", "sender": "ada@example.com", "username": "", "tls_start": "auto", "auth": "auto", "client_id": "", "token_endpoint": "", "scopes": "", "ehlo_name": "", "envelope_sender": "", "reply_to": "answers@test.example", "time_limit": "", "ca_pem": "", "pinned": ""}', false, '["dns", "connect", "banner", "ehlo", "tls", "auth", "mail_from", "rcpt_to", "data"]', '[{"step": "dns", "state": "passed", "ms": 0.0, "detail": {"server": "127.0.0.1", "addresses": ["127.0.0.1"]}}, {"step": "connect", "state": "failed", "ms": 0.5, "detail": {"failed": [{"address": "127.0.0.1:1", "error": "[Errno 111] Connection refused"}], "error": "[Errno 111] Connection refused"}}]', '{"id": "connect-refused-wrong-port", "stage": "connect", "field": "port", "retryable": true, "repair": "starttls-587", "server_says": "[Errno 111] Connection refused", "values": {"stage": "connect", "kind": "refused", "server": "127.0.0.1", "port": "1", "sender": "ada@example.com"}, "offer": null}', '*  127.0.0.1 is 127.0.0.1
*  127.0.0.1:1 failed: [Errno 111] Connection refused', '2026-11-28 05:22:35.637339', '2026-11-28 05:23:05.637339', NULL, NULL);
INSERT INTO node_status (node, health, since, checked_at, settings_version, server, run_id, checking, checking_until, diagnosis) VALUES
    ('one', 'FAILED', '2026-11-28 05:22:35.645651', '2026-11-28 05:22:35.645651', 2, '127.0.0.1', 'YpzkIJd-WfvC0L_WXBgO9g', NULL, NULL, '{"id": "connect-refused-wrong-port", "stage": "connect", "field": "port", "retryable": true, "repair": "starttls-587", "server_says": "[Errno 111] Connection refused", "values": {"stage": "connect", "kind": "refused", "server": "127.0.0.1", "port": "1", "sender": "ada@example.com"}, "offer": null}');
INSERT INTO audit_entry (id, at, actor, address, action, changes, note, settings_version) VALUES
    (1, '2026-11-28 05:22:35.020353', 'environment', '', 'link.created', '{}', 'To make the first admin.', NULL);
INSERT INTO audit_entry (id, at, actor, address, action, changes, note, settings_version) VALUES
    (2, '2026-11-28 05:22:35.091046', 'test', '', 'user.created', '{"email": [null, "ada@example.com"], "role": [null, "admin"]}', NULL, NULL);
INSERT INTO audit_entry (id, at, actor, address, action, changes, note, settings_version) VALUES
    (3, '2026-11-28 05:22:35.092138', 'test', '', 'user.created', '{"email": [null, "eve@example.com"], "role": [null, "admin"]}', NULL, NULL);
INSERT INTO audit_entry (id, at, actor, address, action, changes, note, settings_version) VALUES
    (4, '2026-11-28 05:22:35.092864', 'test', '', 'user.created', '{"email": [null, "max@example.com"], "role": [null, "member"]}', NULL, NULL);
INSERT INTO audit_entry (id, at, actor, address, action, changes, note, settings_version) VALUES
    (5, '2026-11-28 05:22:35.207988', 'ada@example.com', '127.0.0.1', 'login.failed', '{}', NULL, NULL);
INSERT INTO audit_entry (id, at, actor, address, action, changes, note, settings_version) VALUES
    (6, '2026-11-28 05:22:35.306512', 'ada@example.com', '127.0.0.1', 'user.signed_in', '{}', NULL, NULL);
INSERT INTO audit_entry (id, at, actor, address, action, changes, note, settings_version) VALUES
    (7, '2026-11-28 05:22:35.513634', 'ada@example.com', '127.0.0.1', 'settings.saved', '{"server": ["", "127.0.0.1"], "port": [587, 53357], "tls": [true, false], "sender": ["", "Panel <no-reply@test.example>"], "username": ["", "ada@test.example"], "password": [null, "changed"]}', 'Saved after a test that passed.', 1);
INSERT INTO audit_entry (id, at, actor, address, action, changes, note, settings_version) VALUES
    (8, '2026-11-28 05:22:35.632918', 'ada@example.com', '127.0.0.1', 'settings.saved', '{"port": [53357, 1], "sender": ["Panel <no-reply@test.example>", "ada@example.com"], "username": ["ada@test.example", ""], "reply_to": ["", "answers@test.example"]}', NULL, 2);
