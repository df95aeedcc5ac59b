/** What the function is told by its environment. */
export interface Environment {
  /** 12 digits: the account whose images are shared. */
  readonly accountId: string;
  /** Where they are baked. Lambda sets it. */
  readonly region: string;
}

/** What of it the infrastructure sets, as variables. */
export const renderEnvironment = ({ accountId }: Omit<Environment, "region">): Record<string, string> => ({
  ACCOUNT_ID: accountId,
});

/** From variables, for the function; throws an `Error` that names the one that is missing. */
export const parseEnvironment = (variables: NodeJS.ProcessEnv): Environment => {
  const required = (name: string): string => {
    const value = variables[name];
    if (value === undefined) throw new Error(`the environment lacks ${name}`);
    return value;
  };
  return { accountId: required("ACCOUNT_ID"), region: required("AWS_REGION") };
};

/** What a channel shares. It is written on the share itself, so that a new image never changes the function. */
export interface SharePolicy {
  readonly image: string;
  readonly channel: string;
  /** How many of the newest builds. */
  readonly keep: number;
  /** How old a build must be. */
  readonly bakeHours: number;
  readonly approvalRequired: boolean;
}

/** By this tag the function finds its shares, and is allowed to change them. */
export const IMAGE_TAG = "golden-image:image";

const CHANNEL_TAG = "golden-image:channel";
const KEEP_TAG = "golden-image:keep";
const BAKE_HOURS_TAG = "golden-image:bake-hours";
const APPROVAL_TAG = "golden-image:approval";

/** As tags of the share, for the infrastructure. */
export const renderSharePolicy = ({
  image,
  channel,
  keep,
  bakeHours,
  approvalRequired,
}: SharePolicy): Record<string, string> => ({
  [IMAGE_TAG]: image,
  [CHANNEL_TAG]: channel,
  [KEEP_TAG]: String(keep),
  [BAKE_HOURS_TAG]: String(bakeHours),
  [APPROVAL_TAG]: approvalRequired ? "required" : "automatic",
});

/** From tags of a share, for the function; throws an `Error` when they aren't as they were rendered: nothing is shared on a guess. */
export const parseSharePolicy = (tags: Readonly<Record<string, string | undefined>>): SharePolicy => {
  const [image = "", channel = ""] = [tags[IMAGE_TAG], tags[CHANNEL_TAG]];
  const [keep, bakeHours] = [tags[KEEP_TAG], tags[BAKE_HOURS_TAG]].map((text) =>
    /^\d+$/.test(text ?? "") ? Number(text) : -1,
  );
  const approval = tags[APPROVAL_TAG];
  const isRight = image !== "" && channel !== "" && (keep ?? 0) >= 1 && (bakeHours ?? -1) >= 0;
  if (!isRight || (approval !== "required" && approval !== "automatic"))
    throw new Error(`the tags of the share of '${image}' aren't a policy: ${JSON.stringify(tags)}`);
  return { image, channel, keep: keep ?? 1, bakeHours: bakeHours ?? 0, approvalRequired: approval === "required" };
};

/** How the function's metrics are called, for who raises alarms on them and shows them. */
export const METRICS = {
  namespace: "GoldenImageFactory",
  service: "share-updater",
  sharedBuilds: "SharedBuilds",
  associated: "Associated",
  disassociated: "Disassociated",
  associationFailed: "AssociationFailed",
  unshareRefused: "UnshareRefused",
  newestSharedAgeHours: "NewestSharedAgeHours",
} as const;
