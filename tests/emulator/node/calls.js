// Calls of the official SDK, as JSON: node calls.js < {endpoint, version, calls: [[action, parameters]]}
// Prints a list of {response} or {error: {code, message, requestId}}, one a call, in order.
const { sms } = require("tencentcloud-sdk-nodejs-sms");

const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const Client = sms[`v${asked.version.replaceAll("-", "")}`].Client;
const client = new Client({
  credential: { secretId: asked.secretId, secretKey: asked.secretKey },
  region: "ap-guangzhou",
  profile: {
    httpProfile: { endpoint: asked.endpoint, protocol: "http://", reqMethod: asked.method },
  },
});

(async () => {
  const answers = [];
  for (const [action, parameters] of asked.calls) {
    try {
      answers.push({ response: await client[action](parameters) });
    } catch ({ code, message, requestId }) {
      answers.push({ error: { code, message, requestId } });
    }
  }
  process.stdout.write(JSON.stringify(answers));
})();
