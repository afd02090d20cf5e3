// Looker's SDK for TypeScript, by LOOKERSDK_BASE_URL, _CLIENT_ID and _CLIENT_SECRET: makes the calls
// of argv[2], a list of [method, ...arguments], and prints what came of each, as a list.
'use strict';

console.debug = () => {}; // where the SDK complains about Node.js

const { LookerNodeSDK } = require('@looker/sdk-node');

const sdk = LookerNodeSDK.init40();
const methods = {
    login: () => sdk.authSession.login(),
    login_user: (id) => sdk.authSession.login(id),
    logout: () => sdk.authSession.logout(),
    logout_user: () => sdk.authSession.sudoLogout(),
};

async function call([method, ...sent]) {
    try {
        return method in methods ? { value: await methods[method](...sent) } : await sdk[method](...sent);
    } catch (error) {
        return { error: { message: error.message } };
    }
}

async function main() {
    const given = [];
    for (const each of JSON.parse(process.argv[2])) given.push(await call(each));
    console.log(JSON.stringify(given));
}

main();
