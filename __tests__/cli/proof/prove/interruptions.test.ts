/**
 * Interrupts `factory prove --recipe --launch` on the local AWS at random moments: by a signal, by
 * answers that get lost, and by both.
 */
import { join } from "node:path";
import {
  DeleteSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { DeleteImageRecipeCommand } from "@aws-sdk/client-imagebuilder";
import { PROVE_PREFIX } from "../../../../cli/proof/leftovers";
import { type Clock, Interrupted } from "../../../../cli/proof/prove/interruption";
import { prove } from "../../../../cli/proof/prove/prove";
import type { ProveReport } from "../../../../cli/proof/prove/render";
import { randomFrom } from "../../../../tools/fixtures/fake-aws";
import { propertyRuns, propertySeed } from "../../../../tools/fixtures/property-runs";
import { NoAnswer } from "../../../../tools/local-aws/protocol/emulator";
import { SharedAccount } from "../../day-two/shared-account";

const RUNS = propertyRuns(200);
const SEED = propertySeed();
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** Signals and lost answers of a run. */
interface Plan {
  /** Moments at which a signal arrives: before and after each call, and at each pause. */
  readonly signalsAt: readonly number[];
  /** The first call without an answer. @default - all calls are answered */
  readonly lossAt?: number;
  /** Whether AWS gets the calls without an answer. */
  readonly reachesAws: boolean;
  /** Whether no later call of the same operation is answered either. */
  readonly isLasting: boolean;
  /** Number of calls that don't find a new instance. */
  readonly unseenCalls: number;
}

interface Outcome {
  readonly report: ProveReport;
  readonly text: string | undefined;
  readonly exitCode: number | undefined;
  readonly calls: number;
  readonly moments: number;
  /** The operation without answers. @default - none */
  readonly lost?: string | undefined;
}

let account: SharedAccount;
const environment = { ...process.env };

beforeAll(async () => {
  account = await SharedAccount.start();
  await account.build();
  await account.factory.updateAll();
  for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN"]) delete process.env[name];
  Object.assign(process.env, account.factory.as("payments").environment);
});
beforeEach(() => {
  jest.spyOn(console, "error").mockImplementation();
  // The SDK waits for a random time before it repeats a call.
  jest.spyOn(Math, "random").mockReturnValue(0);
});
afterAll(() => {
  jest.restoreAllMocks();
  process.env = environment;
  account.stop();
});

/** Runs the command. Calls and moments are counted from the question on. */
async function run(plan: Plan, signal: NodeJS.Signals = "SIGINT"): Promise<Outcome> {
  const { emulator, amis } = account.factory.aws;
  amis.instances.unseenCalls = plan.unseenCalls;
  let time = Date.now();
  let calls = 0;
  let moments = 0;
  let lost: string | undefined;
  const pass = (): void => {
    if (plan.signalsAt.includes(moments)) process.emit(signal, signal);
    moments += 1;
  };
  const clock: Clock = {
    now: () => time,
    sleep: async (milliseconds, aborted) => {
      time += milliseconds;
      pass();
      if (aborted?.aborted) throw new Interrupted("interrupted");
    },
  };
  const options = { image: "base", account: "payments", recipe: true, launch: true, yes: true };
  const config = join(account.folder, "factory.yaml");
  const confirm = async (): Promise<boolean> => {
    emulator.changeEach = async (answer, { operation }) => {
      pass();
      const isLost = plan.isLasting ? operation === lost : false;
      const isFirst = calls === plan.lossAt;
      calls += 1;
      if (isFirst) lost = operation;
      if (!isLost && !isFirst) return answer().finally(pass);
      if (plan.reachesAws) await answer().catch(() => undefined);
      pass();
      throw new NoAnswer();
    };
    return true;
  };
  const subnet = "subnet-0123456789abcdef0";
  const result = await prove({ ...options, subnet, config }, clock, confirm).finally(() => {
    emulator.changeEach = (answer) => answer();
  });
  const { text, data, exitCode } = result;
  return { report: data as ProveReport, text, exitCode, calls, moments, lost };
}

/** Everything of a run that still exists. */
function left(): string[] {
  const { amis, imageBuilder } = account.factory.aws;
  const recipes = imageBuilder.arns("image-recipe").filter((arn) => arn.includes(PROVE_PREFIX));
  return [...amis.instances.launched, ...recipes];
}

/** Does what a command for the AWS CLI does, some time later. */
async function obey(command: string): Promise<void> {
  await execute(command).catch((error: Error) => {
    // AWS may have got the deletion, though its answer was lost.
    if (!/NotFound/.test(error.name)) throw error;
  });
}

async function execute(command: string): Promise<void> {
  const { ec2, imageBuilder } = account.factory.as("payments");
  await ec2.send(new DescribeInstancesCommand({}));
  const [, operation, id, filter, value = ""] =
    /^aws \w+ (\S+) --\S+ (?:(\S+:\S+|\w+-\w+)|\$\(.*Name=(\S+),Values=(\S+) .*\)) --region eu-west-1$/.exec(
      command,
    ) ?? [];
  const Filters = [{ Name: filter, Values: [value] }];
  switch (operation) {
    case "terminate-instances": {
      const { Reservations: [found] = [] } = await ec2.send(
        new DescribeInstancesCommand(id ? { InstanceIds: [id] } : { Filters }),
      );
      const InstanceIds = found?.Instances?.flatMap(({ InstanceId }) => InstanceId ?? []) ?? [];
      if (InstanceIds.length > 0) await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
      break;
    }
    case "delete-security-group": {
      await ec2.send(new DescribeInstancesCommand({}));
      const { SecurityGroups = [] } = await ec2.send(
        new DescribeSecurityGroupsCommand({ Filters }),
      );
      const groups = id ? [id] : SecurityGroups.map(({ GroupId }) => GroupId);
      for (const GroupId of groups) await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
      break;
    }
    case "delete-image-recipe":
      await imageBuilder.send(new DeleteImageRecipeCommand({ imageRecipeArn: id }));
      break;
    default:
      throw new Error(`unknown command: ${command}`);
  }
}

/** Chooses what happens in a run of some calls and moments. */
function planOf(random: () => number, { calls, moments }: Outcome): Plan {
  const below = (end: number): number => Math.floor(random() * end);
  const first = below(moments);
  const hasSignal = random() < 0.7;
  return {
    signalsAt: hasSignal ? [first, first + below(10)] : [],
    ...((!hasSignal || random() < 0.5) && { lossAt: below(calls) }),
    reachesAws: random() < 0.5,
    isLasting: random() < 0.4,
    unseenCalls: below(3),
  };
}

const NOTHING: Plan = { signalsAt: [], reachesAws: true, isLasting: false, unseenCalls: 0 };

test(`prove --launch leaves nothing in ${RUNS} random interruptions, or prints how to remove it (SEED=${SEED})`, async () => {
  const usual = await run(NOTHING);
  expect([usual.report.result, usual.exitCode, left()]).toEqual(["ok", 0, []]);
  const random = randomFrom(SEED);
  for (let index = 0; index < RUNS; index += 1) {
    const plan = planOf(random, usual);
    const { report, text = "", exitCode, lost } = await run(plan, SIGNALS[index % 4]);
    const at = `run ${index}, lost ${lost}: ${JSON.stringify(plan)}\n${text}`;
    const failed = report.steps.filter(({ reason }) => reason === "cleanup");
    const isInterrupted = report.steps.some(({ reason }) => reason === "interrupted");
    const commands = failed.flatMap((step) => step.commands ?? []);
    if (failed.length === 0)
      expect([at, left(), exitCode]).toEqual([at, [], isInterrupted ? 1 : 0]);
    else expect([at, plan.isLasting, exitCode]).toEqual([at, true, 2]);
    for (const command of commands) {
      expect(text).toContain(`\n      ${command}`);
      await obey(command);
    }
    await account.factory.as("payments").ec2.send(new DescribeInstancesCommand({}));
    expect([at, left()]).toEqual([at, []]);
  }
  expect(SIGNALS.map((signal) => process.listenerCount(signal))).toEqual([0, 0, 0, 0]);
});
