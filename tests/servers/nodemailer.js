// Nodemailer's smtp-server on the ports of argv[2], a JSON object, until it is ended.
'use strict';

const { createHmac } = require('node:crypto');
const { readFileSync } = require('node:fs');
const nodemailer = require('nodemailer');
const { SMTPServer } = require('smtp-server');

const { host, roads, certificate, username, password, tokenKey, behind } = JSON.parse(process.argv[2]);
const pem = readFileSync(certificate);
const transport = nodemailer.createTransport({ host, port: behind, ignoreTLS: true });

function onAuth(auth, session, callback) {
    const proved = auth.method === 'XOAUTH2' ? signed(auth.accessToken) : auth.password === password;
    const refusal = auth.method === 'XOAUTH2'
        ? { data: { status: '401', schemes: 'bearer', scope: 'mail' } }
        : { message: 'Invalid username or password' };
    callback(null, proved && auth.username === username ? { user: username } : refusal);
}

// Whether a token, a JWT of HS256, is signed with the tests' key.
function signed(token) {
    const [header, claims, signature] = token.split('.');
    const wanted = createHmac('sha256', tokenKey).update(`${header}.${claims}`).digest('base64url');
    return signature === wanted;
}

function onData(stream, { envelope }, callback) {
    const to = envelope.rcptTo.map(({ address }) => address);
    transport.sendMail({ envelope: { from: envelope.mailFrom.address, to }, raw: stream })
        .then(() => callback(null, 'Queued'), callback);
}

function onRcptTo({ address }, session, callback) {
    const refusal = Object.assign(new Error('5.1.1 No such user here'), { responseCode: 550 });
    callback(address.startsWith('unknown') ? refusal : null);
}

for (const { mode, version, port } of roads) {
    const tls = { key: pem, cert: pem, minVersion: version, maxVersion: version,
        ciphers: 'DEFAULT@SECLEVEL=0' };
    new SMTPServer({
        name: 'mail.test.example',
        authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
        allowInsecureAuth: mode === 'none',
        hideSTARTTLS: mode === 'none',
        secure: mode === 'implicit',
        disableReverseLookup: true,
        ...(mode === 'none' ? {} : tls),
        onAuth, onRcptTo, onData,
    }).on('error', (error) => console.log(error.message)).listen(port, host);
}
