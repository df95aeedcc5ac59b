/** An account in a Region, in which experiments run, and its SDK clients. */
import { EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient } from "@aws-sdk/client-iam";
import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { RAMClient } from "@aws-sdk/client-ram";
import type { RegionNetwork } from "../../../config/model";
import type { AccountRegion } from "../../../contract/account-region";
import type { Credentials } from "../../account-credentials";

/** Decides before each call whether it may be made. */
export type Gate = () => void;

/** As in a factory file. */
export type BuildNetwork = Pick<RegionNetwork, "subnetId" | "securityGroupIds">;

export interface Site extends AccountRegion {
  /** Name of the account in the factory file. */
  readonly name: string;
  /** Where build instances run. @default - the default VPC */
  readonly network: BuildNetwork;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly imageBuilder: ImagebuilderClient;
  readonly ram: RAMClient;
  /** Creates a client for another Region. */
  readonly ec2In: (region: string) => EC2Client;
}

/** More than usual, because the clean-up must not fail. */
const MAX_ATTEMPTS = 6;

const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true };

/** An SDK client, as far as all have the same type. */
interface Gated {
  readonly middlewareStack: {
    add(middleware: unknown, options: { readonly step: "initialize" }): void;
  };
}

/** Creates the clients of an account in a Region. The gate throws an error to prevent a call. */
export function createSite(
  name: string,
  { accountId, region }: AccountRegion,
  network: BuildNetwork,
  credentials: Credentials,
  gate: Gate,
): Site {
  const config = { ...credentials, region, maxAttempts: MAX_ATTEMPTS, requestHandler: TIMEOUTS };
  const gated = <Client>(client: Client): Client => {
    const { middlewareStack } = client as Gated;
    const check = (next: (args: unknown) => unknown) => async (args: unknown) => {
      gate();
      return next(args);
    };
    middlewareStack.add(check, { step: "initialize" });
    return client;
  };
  const ec2In = (other: string): EC2Client => gated(new EC2Client({ ...config, region: other }));
  return {
    name,
    accountId,
    region,
    network,
    ec2: ec2In(region),
    ec2In,
    iam: gated(new IAMClient(config)),
    imageBuilder: gated(new ImagebuilderClient(config)),
    ram: gated(new RAMClient(config)),
  };
}

/** Writes an account as in messages. */
export function describeSite({ name, accountId, region }: Site): string {
  return `${name} (${accountId}) in ${region}`;
}
