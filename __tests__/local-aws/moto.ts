// A local AWS: moto, which keeps accounts apart by the access key that a request comes with.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";

import { BucketPolicies } from "./bucket-policies";

/** What a caller's environment holds. */
export interface Credentials {
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_SESSION_TOKEN: string;
}

const NEEDED = { terraform: "https://developer.hashicorp.com/terraform/install", moto_server: "pip install 'moto[server]'" };

/** Throws an `Error` that names what is missing, and how to get it. */
export const requireTools = (): void => {
  const missing = Object.entries(NEEDED).filter(([tool]) => spawnSync(tool, ["--help"]).error);
  if (missing.length > 0) throw new Error(missing.map(([tool, how]) => `${tool} is missing: ${how}`).join("\n"));
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const answers = async (url: string, seconds: number): Promise<void> => {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; ) {
    const ok = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${url} didn't answer within ${seconds} s`);
};

/** moto reads from the header whose request it is and for which service, and checks no signature. */
const signed = (key: string, region: string, service: string): Record<string, string> => ({
  Authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

export class Moto {
  private constructor(
    readonly endpoint: string,
    private readonly server: ChildProcess,
    private readonly s3: BucketPolicies,
  ) {}

  /** How a caller's environment says where everything is. */
  get environment(): Record<string, string> {
    return { AWS_ENDPOINT_URL: this.endpoint, AWS_ENDPOINT_URL_S3: this.s3.endpoint };
  }

  /** Starts it on a free port of the loopback. It has to be stopped. */
  static async start(): Promise<Moto> {
    const port = await freePort();
    const env = { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: "true" };
    const server = spawn("moto_server", ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore", env });
    const endpoint = `http://127.0.0.1:${port}`;
    const moto = new Moto(endpoint, server, await BucketPolicies.start(endpoint));
    await answers(`${moto.endpoint}/moto-api/`, 60).catch((error: unknown) => {
      moto.stop();
      throw error;
    });
    return moto;
  }

  stop(): void {
    this.server.kill();
    this.s3.stop();
  }

  private async sts(key: string, action: string, parameters: Record<string, string> = {}): Promise<(name: string) => string> {
    const body = new URLSearchParams({ Action: action, Version: "2011-06-15", ...parameters });
    const answer = await fetch(this.endpoint, { method: "POST", headers: signed(key, "us-east-1", "sts"), body });
    const xml = await answer.text();
    return (name) => new RegExp(`<${name}>([^<]+)<`).exec(xml)?.[1] ?? "";
  }

  /** Credentials that are taken for the account's. */
  async credentialsOf(accountId: string): Promise<Credentials> {
    const role = { RoleArn: `arn:aws:iam::${accountId}:role/tester`, RoleSessionName: "test" };
    const value = await this.sts("any", "AssumeRole", role);
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

  async createBucket({ AWS_ACCESS_KEY_ID: key }: Credentials, bucket: string, region: string): Promise<void> {
    await fetch(`${this.endpoint}/${bucket}`, {
      method: "PUT",
      headers: signed(key, region, "s3"),
      body: `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
    });
  }

  /** Makes the key that a stack looks up in another account. moto only finds it in the account that looks. */
  async createKey({ AWS_ACCESS_KEY_ID: key }: Credentials, aliasArn: string): Promise<void> {
    const [, , , region = "", , alias] = aliasArn.split(":");
    const kms = (action: string, input: object) =>
      fetch(this.endpoint, {
        method: "POST",
        headers: {
          ...signed(key, region, "kms"),
          "Content-Type": "application/x-amz-json-1.1",
          "X-Amz-Target": `TrentService.${action}`,
        },
        body: JSON.stringify(input),
      });
    const { KeyMetadata } = (await (await kms("CreateKey", {})).json()) as { KeyMetadata: { KeyId: string } };
    await kms("CreateAlias", { AliasName: alias, TargetKeyId: KeyMetadata.KeyId });
  }
}
