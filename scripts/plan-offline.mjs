// Validates and plans every stack of a synthesized factory (cdktf.out, or the folder given) with the real provider, against a local AWS (moto), in copies of their folders.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipArchives } from "./zip-archives.mjs";

const needed = { terraform: "https://developer.hashicorp.com/terraform/install", moto_server: "pip install 'moto[server]'" };

const requireTools = () => {
  const missing = Object.entries(needed).filter(([tool]) => spawnSync(tool, ["--help"]).error);
  if (missing.length > 0) throw new Error(missing.map(([tool, how]) => `${tool} is missing: ${how}`).join("\n"));
};

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const answers = async (url, seconds) => {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; ) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${url} didn't answer within ${seconds} s`);
};

/** moto reads from the header whose request it is and for which service, and checks no signature. */
const signed = (key, region, service) => ({
  Authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

/** Credentials that moto takes for the account's. */
const credentialsOf = async (endpoint, account) => {
  const query = new URLSearchParams({
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: `arn:aws:iam::${account}:role/planner`,
    RoleSessionName: "plan",
  });
  const request = { method: "POST", headers: signed("any", "us-east-1", "sts"), body: query };
  const xml = await fetch(endpoint, request).then((answer) => answer.text());
  const [accessKey, secret, token] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(
    (name) => new RegExp(`<${name}>([^<]+)<`).exec(xml)?.[1],
  );
  return { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token };
};

const createBucket = (endpoint, { AWS_ACCESS_KEY_ID: key }, { bucket, region }) =>
  fetch(`${endpoint}/${bucket}`, {
    method: "PUT",
    headers: signed(key, region, "s3"),
    body: `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
  });

/** Makes the key that a stack looks up in another account. moto only finds it in the account that looks. */
const createKey = async (endpoint, { AWS_ACCESS_KEY_ID: key }, aliasArn) => {
  const [, , , region, , alias] = aliasArn.split(":");
  const kms = (action, input) =>
    fetch(endpoint, {
      method: "POST",
      headers: {
        ...signed(key, region, "kms"),
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": `TrentService.${action}`,
      },
      body: JSON.stringify(input),
    });
  const { KeyMetadata } = await kms("CreateKey", {}).then((answer) => answer.json());
  await kms("CreateAlias", { AliasName: alias, TargetKeyId: KeyMetadata.KeyId });
};

const planStack = async (endpoint, source, folder) => {
  cpSync(source, folder, { recursive: true });
  const { data, provider, terraform: settings } = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8"));
  const credentials = await credentialsOf(endpoint, provider.aws[0].allowed_account_ids[0]);
  if (settings.backend?.s3) await createBucket(endpoint, credentials, settings.backend.s3);
  for (const { key_id: alias } of Object.values(data?.aws_kms_key ?? {})) await createKey(endpoint, credentials, alias);
  writeFileSync(join(folder, "override.tf.json"), JSON.stringify({ provider: { aws: [{ s3_use_path_style: true }] } }));

  const env = { ...process.env, ...credentials, AWS_ENDPOINT_URL: endpoint, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
  const terraform = (...args) => spawnSync("terraform", args, { cwd: folder, env, encoding: "utf8" });
  const run = (...args) => {
    const { status, stdout, stderr } = terraform(...args);
    if (status !== 0) throw new Error(`terraform ${args[0]} failed\n${stderr}`);
    return stdout;
  };
  const init = ["init", "-input=false", "-no-color", ...(settings.backend?.s3 ? ["-backend-config=use_path_style=true"] : [])];

  const first = terraform(...init);
  let note = "";
  if (first.status !== 0) {
    if (!first.stderr.includes("hashicorp/archive")) throw new Error(`terraform init failed\n${first.stdout}${first.stderr}`);
    note = ", archive_file replaced by a zip of the same folder because hashicorp/archive can't be installed here";
    zipArchives(folder);
    run(...init);
  }
  run("validate", "-no-color");
  return `${/^Plan: .*$/m.exec(run("plan", "-input=false", "-no-color"))?.[0] ?? "No changes."}${note}`;
};

const main = async () => {
  requireTools();
  const outdir = join(process.argv[2] ?? "cdktf.out", "stacks");
  if (!existsSync(outdir)) throw new Error(`there is no ${outdir}: run \`npm run synth\` first`);
  const port = await freePort();
  const moto = spawn("moto_server", ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const work = mkdtempSync(join(tmpdir(), "golden-image-factory-"));
  try {
    const endpoint = `http://127.0.0.1:${port}`;
    await answers(`${endpoint}/moto-api/`, 60);
    for (const stack of readdirSync(outdir).sort()) {
      const start = Date.now();
      const plan = await planStack(endpoint, join(outdir, stack), join(work, stack));
      console.log(`${stack}: valid. ${plan} (${((Date.now() - start) / 1_000).toFixed(1)} s)`);
    }
  } finally {
    moto.kill();
    rmSync(work, { recursive: true, force: true });
  }
};

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
