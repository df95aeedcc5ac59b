import { type Image as Ami, RunInstancesCommand, type Subnet } from "@aws-sdk/client-ec2";
import { requestFor } from "./launch-request";
import { explainError, ok, type StepResult } from "./outcome";
import type { ProofRun } from "./proof-run";

/** Asks EC2 whether it would launch an instance. EC2 then checks permissions, but not the key. */
export async function dryRun(
  run: ProofRun,
  ami: Ami,
  subnet: Subnet | undefined,
): Promise<StepResult> {
  const request = { ...requestFor(run, ami, { subnet }), DryRun: true };
  try {
    await run.clients.ec2.send(new RunInstancesCommand(request));
  } catch (error) {
    switch ((error as Error).name) {
      case "DryRunOperation":
        return ok(
          "these credentials may launch an instance. EC2 doesn't check the key in a dry run",
        );
      case "VPCIdNotSpecified":
      case "MissingInput":
        return {
          outcome: "inconclusive",
          reason: "other",
          message: "the account has no default VPC",
          fix: "name a subnet with --subnet",
        };
      default:
        return explainError(error);
    }
  }
  throw new Error("EC2 launched an instance in a dry run");
}
