// Nodemailer's smtp-server on the ports of argv[2], a JSON object, until it is ended.
'use strict';

const { readFileSync } = require('node:fs');
const nodemailer = require('nodemailer');
const { SMTPServer } = require('smtp-server');

const { host, roads, certificate, username, password, behind } = JSON.parse(process.argv[2]);
const pem = readFileSync(certificate);
const transport = nodemailer.createTransport({ host, port: behind, ignoreTLS: true });

function onAuth(auth, session, callback) {
    const known = auth.username === username && auth.password === password;
    callback(null, known ? { user: username } : { message: 'Invalid username or password' });
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
        authMethods: ['PLAIN', 'LOGIN'],
        allowInsecureAuth: mode === 'none',
        hideSTARTTLS: mode === 'none',
        secure: mode === 'implicit',
        disableReverseLookup: true,
        ...(mode === 'none' ? {} : tls),
        onAuth, onRcptTo, onData,
    }).on('error', (error) => console.log(error.message)).listen(port, host);
}
