// A local AWS: moto, which keeps accounts apart by the access key that a request comes with.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";

import { buckets } from "./buckets";
import { functionSettings } from "./function-settings";
import { newerPolicies } from "./newer-policies";
import { type Answer, type Next, type Request, ServiceProxy } from "./proxy";
import { isTerraform, type SignedRequest, signatureOf } from "./terraform-calls";

/** What a caller's environment holds. */
export interface Credentials {
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_SESSION_TOKEN: string;
}

const NEEDED = {
  terraform: "https://developer.hashicorp.com/terraform/install",
  moto_server: "pip install 'moto[server]'",
  aws: "https://aws.amazon.com/cli",
};

/** Throws an `Error` that names what is missing, and how to get it. */
export function requireTools(): void {
  const missing = Object.entries(NEEDED).filter(([tool]) => spawnSync(tool, ["--version"]).error);
  if (missing.length > 0)
    throw new Error(missing.map(([tool, how]) => `${tool} is missing: ${how}`).join("\n"));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function answers(url: string, seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; ) {
    const ok = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${url} didn't answer within ${seconds} s`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#34;": '"',
  "&amp;": "&",
};

function unescaped(xml: string): string {
  return xml.replace(/&(lt|gt|quot|#34|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** moto reads from the header whose request it is and for which service, and checks no signature. */
function signed(key: string, region: string, service: string): Record<string, string> {
  return {
    Authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
}

export class Moto {
  /** Runs the one function that is deployed. */
  invoke: (event: unknown) => Promise<unknown> = () =>
    Promise.reject(new Error("no function is run here"));

  private constructor(
    readonly endpoint: string,
    private readonly server: ChildProcess,
    private readonly proxies: {
      readonly front: ServiceProxy;
      readonly s3: ServiceProxy;
      readonly lambda: ServiceProxy;
    },
    /** What Terraform asked for. */
    readonly requests: readonly SignedRequest[],
  ) {}

  /** How a caller's environment says where everything is. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.proxies.front.endpoint,
      // With a web identity's token it is taken from here alone.
      AWS_ENDPOINT_URL_STS: this.proxies.front.endpoint,
      AWS_ENDPOINT_URL_S3: this.proxies.s3.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: this.proxies.lambda.endpoint,
    };
  }

  /** Starts it on a free port of the loopback, with its output in the file `log`. It has to be stopped. */
  static async start(log: string): Promise<Moto> {
    const port = await freePort();
    // It would run a subscribed function in Docker, where there is one.
    const env = {
      ...process.env,
      MOTO_IAM_LOAD_MANAGED_POLICIES: "true",
      DOCKER_HOST: "tcp://127.0.0.1:9",
    };
    // It ends with whoever holds its input, however that ends.
    const run = 'moto_server -H 127.0.0.1 -p "$0" >"$1" 2>&1 & cat; kill $!';
    const server = spawn("sh", ["-c", run, String(port), log], {
      stdio: ["pipe", "ignore", "ignore"],
      env,
    });
    const endpoint = `http://127.0.0.1:${port}`;
    const requests: SignedRequest[] = [];
    const proxy = (
      answer: (request: Request, next: Next) => Promise<Answer>,
    ): Promise<ServiceProxy> =>
      ServiceProxy.start(endpoint, (request, next) => {
        if (isTerraform(request.headers["user-agent"])) requests.push(signatureOf(request));
        return answer(request, next);
      });
    const proxies = {
      front: await proxy(newerPolicies),
      s3: await proxy(buckets()),
      lambda: await proxy(functionSettings((event) => moto.invoke(event))),
    };
    const moto: Moto = new Moto(endpoint, server, proxies, requests);
    await answers(`${moto.endpoint}/moto-api/`, 60).catch((error: unknown) => {
      moto.stop();
      throw error;
    });
    return moto;
  }

  stop(): void {
    this.server.stdin?.end();
    for (const proxy of Object.values(this.proxies)) proxy.stop();
  }

  /** Calls a service that speaks the query protocol; answers with all values of an element, by its name. */
  async query(
    key: string,
    region: string,
    service: string,
    action: string,
    parameters: Record<string, string> = {},
  ): Promise<(name: string) => string[]> {
    const body = new URLSearchParams({ Action: action, ...parameters });
    const answer = await fetch(this.endpoint, {
      method: "POST",
      headers: signed(key, region, service),
      body,
    });
    const xml = await answer.text();
    if (!answer.ok) throw new Error(`${service} ${action}: ${xml}`);
    return (name) =>
      [...xml.matchAll(new RegExp(`<${name}>([^<]*)<`, "g"))].map(([, value = ""]) =>
        unescaped(value),
      );
  }

  /** Calls a service that speaks REST with JSON. */
  async get(
    key: string,
    region: string,
    service: string,
    path: string,
  ): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.endpoint}${path}`, {
      headers: signed(key, region, service),
    });
    if (!answer.ok) throw new Error(`${service} ${path}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  }

  private async sts(
    key: string,
    action: string,
    parameters: Record<string, string> = {},
  ): Promise<(name: string) => string> {
    const values = await this.query(key, "us-east-1", "sts", action, {
      Version: "2011-06-15",
      ...parameters,
    });
    return (name) => values(name)[0] ?? "";
  }

  /** Credentials that are taken for the account's. */
  async credentialsOf(accountId: string, role = "tester"): Promise<Credentials> {
    const session = { RoleArn: `arn:aws:iam::${accountId}:role/${role}`, RoleSessionName: "test" };
    const value = await this.sts("any", "AssumeRole", session);
    return {
      AWS_ACCESS_KEY_ID: value("AccessKeyId"),
      AWS_SECRET_ACCESS_KEY: value("SecretAccessKey"),
      AWS_SESSION_TOKEN: value("SessionToken"),
    };
  }

  /** Whose an access key is. */
  async accountOf(accessKey: string): Promise<string> {
    return (await this.sts(accessKey, "GetCallerIdentity"))("Account");
  }

  /** The role that an access key was given for. */
  async roleOf(accessKey: string): Promise<string> {
    const arn = (await this.sts(accessKey, "GetCallerIdentity"))("Arn");
    return /:assumed-role\/([^/]+)\//.exec(arn)?.[1] ?? "";
  }

  /** Makes what a stack finds in its account: its state bucket, and keys that it looks up. Answers with the account's credentials. */
  async prepare(folder: string): Promise<Credentials> {
    const {
      data,
      provider,
      terraform: settings,
    } = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8"));
    const credentials = await this.credentialsOf(provider.aws[0].allowed_account_ids[0]);
    const s3 = settings.backend?.s3;
    if (s3) await this.createBucket(credentials, s3.bucket, s3.region);
    for (const { key_id: alias } of Object.values<{ key_id: string }>(data?.aws_kms_key ?? {})) {
      await this.createKey(credentials, alias);
    }
    return credentials;
  }

  /** The keys of what is in a bucket. */
  async objects(key: string, bucket: string): Promise<string[]> {
    const answer = await fetch(`${this.endpoint}/${bucket}?list-type=2`, {
      headers: signed(key, "us-east-1", "s3"),
    });
    return [...(await answer.text()).matchAll(/<Key>([^<]+)</g)].map(([, name = ""]) => name);
  }

  async deleteObject(key: string, bucket: string, name: string): Promise<void> {
    await fetch(`${this.endpoint}/${bucket}/${name}`, {
      method: "DELETE",
      headers: signed(key, "us-east-1", "s3"),
    });
  }

  async hasBucket(key: string, bucket: string): Promise<boolean> {
    return (
      await fetch(`${this.endpoint}/${bucket}?list-type=2`, {
        headers: signed(key, "us-east-1", "s3"),
      })
    ).ok;
  }

  /** The states of all keys of an account in a Region. */
  async keyStates(key: string, region: string): Promise<string[]> {
    const { Keys } = (await this.kms(key, region, "ListKeys", {})) as { Keys: { KeyId: string }[] };
    const states = Keys.map(async ({ KeyId }) => {
      const { KeyMetadata } = await this.kms(key, region, "DescribeKey", { KeyId });
      return (KeyMetadata as { KeyState: string }).KeyState;
    });
    return Promise.all(states);
  }

  private kms(
    key: string,
    region: string,
    action: string,
    input: object,
  ): Promise<Record<string, unknown>> {
    return this.json(key, region, "kms", `TrentService.${action}`, input);
  }

  /** Calls Amazon ECR; throws an `Error` with what it says. */
  async ecr(
    key: string,
    region: string,
    action: string,
    input: object,
  ): Promise<Record<string, unknown>> {
    const answer = await this.json(
      key,
      region,
      "ecr",
      `AmazonEC2ContainerRegistry_V20150921.${action}`,
      input,
    );
    if (typeof answer["__type"] === "string")
      throw new Error(`${answer["__type"]}: ${answer["message"]}`);
    return answer;
  }

  private async json(
    key: string,
    region: string,
    service: string,
    target: string,
    input: object,
  ): Promise<Record<string, unknown>> {
    const answer = await fetch(this.endpoint, {
      method: "POST",
      headers: {
        ...signed(key, region, service),
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": target,
      },
      body: JSON.stringify(input),
    });
    const text = await answer.text();
    return text === "" ? {} : JSON.parse(text);
  }

  private async createBucket(
    { AWS_ACCESS_KEY_ID: key }: Credentials,
    bucket: string,
    region: string,
  ): Promise<void> {
    await fetch(`${this.endpoint}/${bucket}`, {
      method: "PUT",
      headers: signed(key, region, "s3"),
      body: `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
    });
  }

  /** Makes the key that a stack looks up in another account. moto only finds it in the account that looks. */
  private async createKey(
    { AWS_ACCESS_KEY_ID: key }: Credentials,
    aliasArn: string,
  ): Promise<void> {
    const [, , , region = "", , alias] = aliasArn.split(":");
    const { KeyMetadata } = await this.kms(key, region, "CreateKey", {});
    const { KeyId } = KeyMetadata as { KeyId: string };
    await this.kms(key, region, "CreateAlias", { AliasName: alias, TargetKeyId: KeyId });
  }
}
