/** Shows how far the images of an app account are behind their parents. */
import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { partitionOf } from "../../config/aws/arns";
import { readFactory } from "../../config/load";
import { type Buildable, buildablesOf } from "../../config/model";
import { expectedOneOf } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { CLIENT_CONFIG } from "../../lambda/common/client";
import { SYSTEM_TIME } from "../../lambda/common/system-time";
import { imageBuilderAdapter } from "../../lambda/rebuilder/adapters/image-builder";
import { hasSucceeded } from "../../lambda/rebuilder/build";
import {
  behindHours,
  type Decision,
  decideStart,
  type Observation,
} from "../../lambda/rebuilder/decide";
import { observe, parentReader } from "../../lambda/rebuilder/observe";
import type { Aws } from "../../lambda/rebuilder/ports";
import { type AccountAccess, openAccount, type Session } from "../account-credentials";
import type { CommandResult } from "../command";
import { exitCodeOf, problemLines } from "../deployed/inspect";
import { shortName, withShortNames } from "../deployed/outputs";
import type { RegionMessage } from "../deployed/regions";
import { factoryFile } from "../environment";
import { useProfiles } from "../profiles";
import { withProgress } from "../progress";
import { describeOrThrow } from "../report";
import { table } from "../table";
import { formatAge } from "./age";

export interface AppStatusOptions {
  readonly account: string;
  readonly config?: string | undefined;
  readonly profile?: string | undefined;
  readonly profiles?: string | undefined;
  /** Regions of the shared account. */
  readonly region: readonly string[];
}

/** An image in the output of `status --account NAME --json`. */
interface FollowerStatus {
  readonly region: string;
  readonly image: string;
  /** Build of the parent that the latest successful build uses. @default - not known */
  readonly parent?: string | undefined;
  /** Newest build of the parent that the account sees. @default - it sees none */
  readonly newest?: string | undefined;
  /** Hours for which they have differed, at most. @default - not known */
  readonly behindHours?: number | undefined;
  /** Whether it isn't on the newest build. */
  readonly differs: boolean;
  /** Reaction of the rebuilder. */
  readonly state: string;
}

const READ: Session = {
  name: "golden-image-factory-status",
  policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: [
          "imagebuilder:GetContainerRecipe",
          "imagebuilder:GetImage",
          "imagebuilder:GetImagePipeline",
          "imagebuilder:GetImageRecipe",
          "imagebuilder:ListImagePipelineImages",
        ],
        Resource: "*",
      },
    ],
  }),
};

/** Compares the images of an app account that follow their parents with the newest parents. */
export async function appStatus(options: AppStatusOptions): Promise<CommandResult> {
  if (options.region.length > 0)
    throw new ConfigError("--region: must not be used together with --account");
  const factory = readFactory(factoryFile(options.config));
  const names = factory.apps.map(({ name }) => name);
  const app = factory.apps.find(({ name }) => name === options.account);
  if (!app)
    throw new ConfigError(
      `--account: must be an app account of the factory${expectedOneOf(options.account, names)}, got: ${options.account}`,
    );
  const followers = buildablesOf(app).filter(({ followParent }) => followParent !== undefined);
  if (followers.length === 0)
    throw new ConfigError(`--account: ${app.name} has no image that follows its parent`);
  const profiles = useProfiles(factory, options);
  const access = await openAccount(app, profiles.get(app.name), READ);
  const images: FollowerStatus[] = [];
  const problems: RegionMessage[] = [];
  const read = async (region: string): Promise<void> => {
    const aws = rebuilderAws(app.id, region, access);
    const newestVisible = parentReader(aws);
    for (const image of followers.filter(({ regions }) => regions.includes(region)))
      try {
        const observation = await observe(aws, settingsOf(image), newestVisible);
        images.push(statusOf(region, image, observation, aws.now()));
      } catch (error) {
        const message = describeOrThrow(error);
        problems.push({ region, message: `${image.name}: ${message}` });
      }
  };
  const regions = app.regions.map(({ name }) => name);
  await withProgress(`reading ${regions.join(", ")}`, Promise.all(regions.map(read)));
  return {
    text: render(images, problems),
    data: { account: app.name, images, problems },
    exitCode: exitCodeOf(
      problems,
      images.some(({ differs }) => differs),
    ),
  };
}

/** AWS as the rebuilder uses it. */
function rebuilderAws(accountId: string, region: string, { credentials }: AccountAccess): Aws {
  const client = new ImagebuilderClient({ ...CLIENT_CONFIG, ...credentials, region });
  return {
    home: { accountId, region, partition: partitionOf(region) },
    imageBuilder: imageBuilderAdapter(client),
    now: SYSTEM_TIME.now,
    deadline: Number.POSITIVE_INFINITY,
  };
}

/** Returns the settings that decide what the rebuilder does about an image. */
function settingsOf({ name, schedule, followParent }: Buildable): Observation["settings"] {
  return {
    pipeline: name,
    dedicatedHost: false,
    manual: schedule === undefined,
    alarmAfterDays: followParent?.alarmAfterDays,
  };
}

function statusOf(
  region: string,
  { name: image }: Buildable,
  observation: Observation,
  now: number,
): FollowerStatus {
  const parent = observation.builds.find(hasSucceeded)?.parent;
  const newest = observation.parent?.arn;
  const hours = behindHours(observation, now);
  const decision = decideStart(observation, now);
  return {
    region,
    image,
    ...(parent !== undefined && { parent: shortName(parent) }),
    ...(newest !== undefined && { newest: shortName(newest) }),
    ...(hours !== undefined && { behindHours: hours }),
    differs: hours !== 0 && decision.kind !== "parent-pinned",
    state: describeDecision(decision),
  };
}

function describeDecision(decision: Decision): string {
  switch (decision.kind) {
    case "start":
      return "the rebuilder's next run starts a build";
    case "current":
      return "current";
    case "running":
      return `${shortName(decision.build)} is being built, or waits for a person`;
    case "pipeline-changed":
      return "the pipeline was just changed: the rebuilder's next run starts a build";
    case "retry-later":
      return `the last build failed: the next one starts after ${new Date(decision.at).toISOString().slice(0, 16)}Z`;
    case "given-up":
      return `${decision.tries} builds failed: no more start until the parent or the recipe changes`;
    case "parent-not-visible":
      return "the account sees no build of the parent";
    case "parent-revoked":
      return `the parent's newest build is revoked, but not disabled: ${withShortNames(decision.revocation)}`;
    case "manual":
      return "people start its builds";
    case "pipeline-disabled":
      return "the pipeline is disabled";
    case "pipeline-missing":
      return "not deployed yet";
    case "parent-pinned":
      return "the recipe that is deployed names one build of the parent";
  }
}

function render(images: readonly FollowerStatus[], problems: readonly RegionMessage[]): string {
  const rows = images.map((one) => [
    one.region,
    one.image,
    one.parent ?? "-",
    one.newest ?? "none",
    behindText(one),
    one.state,
  ]);
  const headings = ["Region", "image", "on parent", "newest parent", "behind for", "state"];
  return [...(rows.length > 0 ? [table([headings, ...rows])] : []), ...problemLines(problems)].join(
    "\n",
  );
}

function behindText({ behindHours: hours }: FollowerStatus): string {
  if (hours === undefined) return "?";
  return hours === 0 ? "-" : `at most ${formatAge(hours)}`;
}
