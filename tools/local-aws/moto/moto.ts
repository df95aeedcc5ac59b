/** moto, which emulates AWS and distinguishes accounts by the access key of a request. */
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Invocation } from "../functions/function";
import type { Answer, Next, Request } from "../protocol/forward";
import { isTerraform, type SignedRequest, signatureOf } from "../terraform/terraform-calls";
import { buckets } from "./buckets";
import { type FunctionEvent, functionSettings } from "./function-settings";
import { newerPolicies } from "./newer-policies";
import { ServiceProxy } from "./proxy";
import { queueAttributes } from "./queue-attributes";
import { startServer } from "./server";
import { signingKeys } from "./signing-keys";

/** Environment variables of a caller. */
export interface Credentials {
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_SESSION_TOKEN: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#34;": '"',
  "&amp;": "&",
};

function unescapeXml(xml: string): string {
  return xml.replace(/&(lt|gt|quot|#34|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** moto reads the caller and the service from this header, and ignores the signature. */
function authorization(key: string, region: string, service: string): Record<string, string> {
  return {
    Authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
}

export class Moto {
  /** Runs a deployed function when it is invoked. */
  invoke: (event: FunctionEvent) => Promise<Invocation<unknown>> = () =>
    Promise.reject(new Error("moto.invoke must be set before a function is invoked"));

  /** How many functions of an account can run at the same time. */
  concurrency = 1_000;

  private constructor(
    readonly endpoint: string,
    private readonly server: ChildProcess,
    private readonly proxies: {
      readonly front: ServiceProxy;
      readonly s3: ServiceProxy;
      readonly lambda: ServiceProxy;
    },
    /** All requests of Terraform. */
    readonly requests: readonly SignedRequest[],
  ) {}

  /** The environment variables that lead AWS clients to moto. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.proxies.front.endpoint,
      // For a request with a web identity token the SDK reads only this variable.
      AWS_ENDPOINT_URL_STS: this.proxies.front.endpoint,
      AWS_ENDPOINT_URL_S3: this.proxies.s3.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: this.proxies.lambda.endpoint,
    };
  }

  /**
   * Starts moto on a free port of the loopback interface. The caller must stop it.
   *
   * @param log path of a file for its output
   */
  static async start(log: string): Promise<Moto> {
    const { endpoint, process: server } = await startServer(log);
    const requests: SignedRequest[] = [];
    const proxy = (
      answer: (request: Request, next: Next) => Promise<Answer>,
    ): Promise<ServiceProxy> =>
      ServiceProxy.start(endpoint, (request, next) => {
        if (isTerraform(request.headers["user-agent"])) requests.push(signatureOf(request));
        return answer(request, next);
      });
    const correctQueues = queueAttributes();
    const sign = signingKeys();
    const proxies = {
      front: await proxy((request, next) =>
        newerPolicies(request, (one) => correctQueues(one, (other) => sign(other, next))),
      ),
      s3: await proxy(buckets()),
      lambda: await proxy(
        functionSettings(
          (event) => moto.invoke(event),
          () => moto.concurrency,
        ),
      ),
    };
    const moto: Moto = new Moto(endpoint, server, proxies, requests);
    return moto;
  }

  stop(): void {
    this.server.stdin?.end();
    for (const proxy of Object.values(this.proxies)) proxy.stop();
  }

  /**
   * Calls a service with the query protocol. Returns a function that lists all values of an
   * element.
   */
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
      headers: authorization(key, region, service),
      body,
    });
    const xml = await answer.text();
    if (!answer.ok) throw new Error(`${service} ${action}: ${xml}`);
    return (name) =>
      [...xml.matchAll(new RegExp(`<${name}>([^<]*)<`, "g"))].map(([, value = ""]) =>
        unescapeXml(value),
      );
  }

  /** Calls a service with the REST JSON protocol. */
  async get(
    key: string,
    region: string,
    service: string,
    path: string,
  ): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.endpoint}${path}`, {
      headers: authorization(key, region, service),
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

  /** Credentials of a role in an account. The role doesn't have to exist. */
  async credentialsOf(accountId: string, role = "tester"): Promise<Credentials> {
    const session = { RoleArn: `arn:aws:iam::${accountId}:role/${role}`, RoleSessionName: "test" };
    const value = await this.sts("any", "AssumeRole", session);
    return {
      AWS_ACCESS_KEY_ID: value("AccessKeyId"),
      AWS_SECRET_ACCESS_KEY: value("SecretAccessKey"),
      AWS_SESSION_TOKEN: value("SessionToken"),
    };
  }

  async accountOf(accessKey: string): Promise<string> {
    return (await this.sts(accessKey, "GetCallerIdentity"))("Account");
  }

  /** The name of the role that an access key belongs to. */
  async roleOf(accessKey: string): Promise<string> {
    const arn = (await this.sts(accessKey, "GetCallerIdentity"))("Arn");
    return /:assumed-role\/([^/]+)\//.exec(arn)?.[1] ?? "";
  }

  /**
   * Creates the state bucket and the keys that a stack looks up. Returns credentials of its
   * account.
   */
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

  async objects(key: string, bucket: string): Promise<string[]> {
    const answer = await fetch(`${this.endpoint}/${bucket}?list-type=2`, {
      headers: authorization(key, "us-east-1", "s3"),
    });
    return [...(await answer.text()).matchAll(/<Key>([^<]+)</g)].map(([, name = ""]) => name);
  }

  async objectText(key: string, bucket: string, name: string): Promise<string> {
    const answer = await fetch(`${this.endpoint}/${bucket}/${name}`, {
      headers: authorization(key, "us-east-1", "s3"),
    });
    return answer.text();
  }

  /** Writes an object of JSON. */
  async putObject(key: string, bucket: string, name: string, body: string): Promise<void> {
    await fetch(`${this.endpoint}/${bucket}/${name}`, {
      method: "PUT",
      headers: { ...authorization(key, "us-east-1", "s3"), "Content-Type": "application/json" },
      body,
    });
  }

  async deleteObject(key: string, bucket: string, name: string): Promise<void> {
    await fetch(`${this.endpoint}/${bucket}/${name}`, {
      method: "DELETE",
      headers: authorization(key, "us-east-1", "s3"),
    });
  }

  async hasBucket(key: string, bucket: string): Promise<boolean> {
    return (
      await fetch(`${this.endpoint}/${bucket}?list-type=2`, {
        headers: authorization(key, "us-east-1", "s3"),
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

  /** Calls Amazon ECR. Throws an `Error` with the name and message of its error. */
  ecr(
    key: string,
    region: string,
    action: string,
    input: object,
  ): Promise<Record<string, unknown>> {
    const target = `AmazonEC2ContainerRegistry_V20150921.${action}`;
    return this.jsonOrThrow(key, region, "ecr", target, input);
  }

  /** Calls Amazon SQS. Throws an `Error` with the name and message of its error. */
  sqs(
    key: string,
    region: string,
    action: string,
    input: object,
  ): Promise<Record<string, unknown>> {
    return this.jsonOrThrow(key, region, "sqs", `AmazonSQS.${action}`, input);
  }

  /** Calls CloudWatch Logs. Throws an `Error` with the name and message of its error. */
  logs(
    key: string,
    region: string,
    action: string,
    input: object,
  ): Promise<Record<string, unknown>> {
    return this.jsonOrThrow(key, region, "logs", `Logs_20140328.${action}`, input);
  }

  /**
   * Calls a service with a JSON protocol. Throws an `Error` with the name and message of its error.
   */
  async jsonOrThrow(...request: Parameters<Moto["json"]>): Promise<Record<string, unknown>> {
    const answer = await this.json(...request);
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
        ...authorization(key, region, service),
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": target,
      },
      body: JSON.stringify(input),
    });
    const text = await answer.text();
    // moto writes null for some answers without content.
    return (text === "" ? undefined : JSON.parse(text)) ?? {};
  }

  private async createBucket(
    { AWS_ACCESS_KEY_ID: key }: Credentials,
    bucket: string,
    region: string,
  ): Promise<void> {
    await fetch(`${this.endpoint}/${bucket}`, {
      method: "PUT",
      headers: authorization(key, region, "s3"),
      body: `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
    });
  }

  /**
   * Creates the key that a stack looks up in another account. moto finds it only in the stack's
   * account.
   */
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
