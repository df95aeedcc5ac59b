/** The steps of `factory prove` that launch an instance and remove it. */
import {
  type Image as Ami,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  type Instance,
  RunInstancesCommand,
  type Subnet,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { MINUTE_MS } from "../../../contract/time";
import { Creation } from "./creation";
import { findInstances, findSecurityGroups, SEARCHES } from "./find-in-ec2";
import { assertContinues, pauseBefore } from "./interruption";
import { instanceTypeOf, requestFor } from "./launch-request";
import { explainReason, hadNoEffect, ok, type StepResult } from "./outcome";
import type { ProofRun } from "./proof-run";
import { createSecurityGroup, deleteSecurityGroup, groupName } from "./security-group";

/** Time limits, in minutes. Together less than the session of an assumed role, which is an hour. */
const STATUS_CHECKS_MINUTES = 15;
const TERMINATION_MINUTES = 10;

/** Launches an instance, and knows what it has to remove. */
export class Launch {
  /** Shown while it waits. */
  waitingFor = "";
  private readonly group = new Creation();
  private readonly instance = new Creation();
  private startedAt: number | undefined;
  private endedAt: number | undefined;

  constructor(
    private readonly proofRun: ProofRun,
    private readonly ami: Ami,
    private readonly subnet: Subnet,
  ) {}

  /** Time during which an instance ran, in seconds. */
  get seconds(): number {
    if (this.startedAt === undefined) return 0;
    return ((this.endedAt ?? this.proofRun.clock.now()) - this.startedAt) / 1_000;
  }

  /** Launches an instance, and waits until EC2's status checks pass. */
  async run(signal: AbortSignal): Promise<StepResult> {
    const { clock } = this.proofRun;
    assertContinues(signal);
    const group = await this.group.create(() =>
      createSecurityGroup(this.proofRun, this.subnet.VpcId),
    );
    assertContinues(signal);
    const id = await this.instance.create(() => this.runInstance(group));
    this.waitingFor = `status checks of ${id}`;
    const end = clock.now() + STATUS_CHECKS_MINUTES * MINUTE_MS;
    for (let attempt = 0; clock.now() < end; attempt += 1) {
      await clock.sleep(pauseBefore(attempt), signal);
      const found = await this.look(id);
      if (found !== undefined) return found;
    }
    return {
      outcome: "inconclusive",
      reason: "other",
      message: `the status checks of ${id} didn't pass within ${STATUS_CHECKS_MINUTES} minutes`,
      fix: "launch the AMI yourself and look at the instance's system log",
    };
  }

  private async runInstance(securityGroup: string): Promise<string | undefined> {
    const { clients, clock } = this.proofRun;
    const network = { subnet: this.subnet, securityGroup };
    this.startedAt = clock.now();
    try {
      const { Instances: [started] = [] } = await clients.ec2.send(
        new RunInstancesCommand(requestFor(this.proofRun, this.ami, network)),
      );
      return started?.InstanceId;
    } catch (error) {
      if (hadNoEffect(error)) this.startedAt = undefined;
      throw error;
    }
  }

  /** Returns what the instance shows, or `undefined` as long as that isn't clear. */
  private async look(id: string): Promise<StepResult | undefined> {
    const { clients } = this.proofRun;
    const instance = await this.find(id);
    const reason = instance?.StateReason;
    const state = instance?.State?.Name;
    if (state === "shutting-down" || state === "terminated" || state === "stopped")
      return explainReason({
        name: reason?.Code ?? "Terminated",
        message: (reason?.Message ?? `EC2 ended ${id}`).replace(`${reason?.Code}: `, ""),
      });
    const address = publicAddressOf(instance);
    if (address !== undefined)
      return {
        outcome: "inconclusive",
        reason: "other",
        message: `${id} has the IPv6 address ${address}, although the launch asked for none`,
        fix: "name a subnet that assigns no IPv6 addresses with --subnet",
      };
    const { InstanceStatuses: [status] = [] } = await clients.ec2
      .send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }))
      .catch(notFound({ InstanceStatuses: [] }));
    const checks = [status?.SystemStatus?.Status, status?.InstanceStatus?.Status];
    if (checks.every((check) => check === "ok"))
      return ok(`${id} (${instanceTypeOf(this.proofRun)}) started, and passed both status checks`);
    if (status?.InstanceStatus?.Status === "impaired")
      return {
        outcome: "failed",
        reason: "image",
        message: `${id} started, but doesn't pass the instance status check`,
        fix: "launch the AMI yourself and look at the instance's system log: the operating system doesn't start, or has no network",
      };
    return undefined;
  }

  private async find(id: string): Promise<Instance | undefined> {
    const { Reservations = [] } = await this.proofRun.clients.ec2
      .send(new DescribeInstancesCommand({ InstanceIds: [id] }))
      .catch(notFound({ Reservations: [] }));
    return Reservations[0]?.Instances?.[0];
  }

  /** Removes everything that was created. Doesn't stop at an interruption. */
  async remove(): Promise<StepResult> {
    const instances = await this.instance.ids(() => this.search());
    for (const id of instances) await this.terminate(id);
    this.instance.clear();
    this.waitingFor = "";
    const groups = await this.group.ids(() => this.searchGroups());
    for (const group of groups) await deleteSecurityGroup(this.proofRun, group);
    this.group.clear();
    const removed = [
      ...instances.map((one) => `terminated ${one}`),
      ...groups.map((one) => `deleted ${one}`),
    ];
    return ok(removed.length === 0 ? "nothing was created" : removed.join(", "));
  }

  /** Commands that remove what {@link remove} couldn't. Those without an ID search it. */
  get removal(): string[] {
    const { id, home } = this.proofRun;
    const aws = (command: string): string => `aws ec2 ${command} --region ${home.region}`;
    const search = (what: string, filter: string, query: string): string =>
      `$(${aws(`describe-${what} --filters ${filter} --query ${query} --output text`)})`;
    const instance =
      this.instance.id ??
      search("instances", `Name=client-token,Values=${id}`, "'*[].Instances[].InstanceId'");
    const group =
      this.group.id ??
      search(
        "security-groups",
        `Name=group-name,Values=${groupName(this.proofRun)}`,
        "'*[].GroupId'",
      );
    return [
      ...(this.instance.mayExist ? [aws(`terminate-instances --instance-ids ${instance}`)] : []),
      ...(this.group.mayExist ? [aws(`delete-security-group --group-id ${group}`)] : []),
    ];
  }

  /** Searches instances of this run, if EC2 may have launched one without an answer. */
  private async search(): Promise<string[]> {
    const filters = [{ Name: "client-token", Values: [this.proofRun.id] }];
    const found = await this.repeat(async () => {
      const instances = await findInstances(this.proofRun.clients.ec2, filters);
      return instances.flatMap(({ InstanceId }) => InstanceId ?? []);
    });
    if (found.length === 0) this.startedAt = undefined;
    return found;
  }

  /** Searches the security group of this run, if EC2 may have created it without an answer. */
  private searchGroups(): Promise<string[]> {
    const filters = [{ Name: "group-name", Values: [groupName(this.proofRun)] }];
    return this.repeat(async () => {
      const groups = await findSecurityGroups(this.proofRun.clients.ec2, filters);
      return groups.flatMap(({ GroupId }) => GroupId ?? []);
    });
  }

  /** Repeats a search that finds nothing, because EC2 may not show what it just created. */
  private async repeat(search: () => Promise<string[]>): Promise<string[]> {
    for (let attempt = 0; attempt < SEARCHES; attempt += 1) {
      if (attempt > 0) await this.proofRun.clock.sleep(pauseBefore(attempt - 1));
      const found = await search();
      if (found.length > 0) return found;
    }
    return [];
  }

  /** Terminates an instance, and waits until EC2 doesn't bill it any more. */
  private async terminate(id: string): Promise<void> {
    const { clock } = this.proofRun;
    await this.requestTermination(id);
    this.waitingFor = `termination of ${id}`;
    const end = clock.now() + TERMINATION_MINUTES * MINUTE_MS;
    for (let attempt = 0; clock.now() < end; attempt += 1) {
      const state = (await this.find(id))?.State?.Name;
      if (state === undefined || state === "terminated") break;
      await clock.sleep(pauseBefore(attempt));
    }
    this.endedAt = clock.now();
  }

  private async requestTermination(id: string): Promise<void> {
    const { clients, clock } = this.proofRun;
    for (let attempt = 0; ; attempt += 1)
      try {
        await clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
        return;
      } catch (error) {
        if ((error as Error).name !== NOT_FOUND || attempt === SEARCHES) throw error;
        await clock.sleep(pauseBefore(attempt));
      }
  }
}

/** Returns an IPv6 address of an instance, if it has any. IPv4 addresses are private. */
function publicAddressOf(instance: Instance | undefined): string | undefined {
  return instance?.NetworkInterfaces?.flatMap(({ Ipv6Addresses = [] }) => Ipv6Addresses)[0]
    ?.Ipv6Address;
}

/** The error of EC2 for an instance that it doesn't show, such as one that it just launched. */
const NOT_FOUND = "InvalidInstanceID.NotFound";

function notFound<T>(instead: T): (error: Error) => T {
  return (error) => {
    if (error.name === NOT_FOUND) return instead;
    throw error;
  };
}
