/**
 * The format of catalogue.json. `npm run schema` writes it as a JSON Schema to
 * catalogue.schema.json.
 */
import * as z from "zod";

/** Raised if a reader of an older format can't read the new one. */
export const CATALOGUE_FORMAT = 1;

/** Marks the file, so that no other program's file of the same name is overwritten. */
export const GENERATOR = "golden-image-factory";

const text = z.string();
const texts = z.array(text).readonly();
const time = z.iso.datetime().describe("time in UTC");
const buildVersion = text.describe("version and build number, such as 1.0.3/2");
const region = text.describe("AWS Region");

function strict<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape).readonly();
}

const Message = strict({ region, message: text });

const Account = strict({
  id: text.describe("account ID"),
  name: text.optional().describe("name in the factory file, absent for other accounts"),
  kind: z
    .enum(["shared", "app", "other"])
    .describe("`other`: an audience names it, and the factory file doesn't describe it"),
  units: texts
    .optional()
    .describe(
      "OUs that contain it, the innermost first; absent if AWS Organizations didn't answer",
    ),
  isOutside: z.boolean().optional().describe("whether it isn't in the organization"),
});

const Parent = strict({
  kind: z.enum(["golden", "awsManaged", "arn", "ssm", "marketplace", "ami", "registry"]),
  name: text.describe("name, ARN, path, product, AMI IDs or URI, depending on the kind"),
});

const Component = strict({
  kind: z.enum(["awsManaged", "document", "arn"]),
  name: text,
  version: text.optional(),
});

const FindingsLimits = strict({
  maxSeverity: text.optional(),
  fixWithinDays: z.record(text, z.number()).readonly(),
  scanWindowDays: z.number().optional(),
  exceptions: z.array(strict({ id: text, until: text, reason: text })).readonly(),
  reportOnly: z.boolean(),
});

const Channel = strict({
  region,
  name: text,
  audience: texts.describe("IDs of accounts, OUs or the organization"),
  keep: z.number().describe("number of newest builds that are shared"),
  bakeHours: z.number().describe("minimum age of a shared build, in hours"),
  approval: z.enum(["automatic", "required"]),
  maxAgeDays: z.number().optional(),
  findings: FindingsLimits.optional().describe("limits for findings; absent if there are none"),
  desired: z.array(buildVersion).readonly().describe("builds that should be shared, newest first"),
  shared: z.array(buildVersion).readonly().describe("builds that are shared, newest first"),
  waitingForApproval: z.array(buildVersion).readonly(),
  differs: z.boolean().describe("whether the updater has something to change"),
  reasons: texts.describe("why newer builds aren't shared, and other remarks of `factory explain`"),
});

const Finding = strict({
  title: text,
  severity: text,
  hasFix: z.boolean(),
  fixSince: time.optional(),
  firstObserved: time.optional(),
  paths: texts,
});

const Findings = strict({
  scanned: time.optional().describe("absent if Amazon Inspector didn't scan the AMI"),
  list: z.array(Finding).readonly(),
  channels: z
    .array(
      strict({
        channel: text,
        isShared: z.boolean(),
        reasons: texts,
        reportOnly: z.boolean(),
        exceedsLimits: z
          .boolean()
          .optional()
          .describe("whether `factory findings` counts the build as one that exceeds the limits"),
      }),
    )
    .readonly()
    .describe("verdicts of the channels that limit findings"),
});

const Evidence = strict({
  kind: z.enum(["valid", "invalid", "missing"]),
  reason: text.optional().describe("why the statement is invalid"),
  keyid: text.optional().describe("ID of the key that signed the statement"),
  dependencies: z
    .array(strict({ name: text, uri: text }))
    .readonly()
    .optional()
    .describe("recipe, parent and components that the statement names"),
});

/** A value in the earlier build and in the later one. */
const change = {
  from: text.optional().describe("absent if the earlier build lacks it"),
  to: text.optional().describe("absent if the later build lacks it"),
};

const FindingCounts = z.array(strict({ severity: text, count: z.number() })).readonly();
const NotedFindings = z.array(strict({ title: text, severity: text })).readonly();

const Note = strict({
  channel: text,
  approval: text.optional().describe("reason of the approval"),
  from: buildVersion
    .optional()
    .describe("the build that the channel shares, or would share, before it; absent if none"),
  revocation: text.optional().describe("why `from` is revoked"),
  recipe: strict(change).describe("versions of the recipe"),
  parent: strict(change),
  components: z
    .array(strict({ name: text, ...change }))
    .readonly()
    .optional()
    .describe("those that differ; absent if there is no earlier build, or it was deleted"),
  packages: strict({
    up: z.number(),
    down: z.number(),
    changed: z.number().describe("other versions, of which neither is known to be higher"),
    added: z.number(),
    removed: z.number(),
  })
    .optional()
    .describe("numbers of packages; absent if Image Builder doesn't list those of both builds"),
  findings: strict({
    before: FindingCounts.optional().describe("absent if `from` wasn't scanned"),
    after: FindingCounts.optional().describe("absent if the build wasn't scanned"),
    added: NotedFindings,
    removed: NotedFindings,
  })
    .optional()
    .describe("absent for containers, whose findings are in Amazon ECR"),
});

const Build = strict({
  region,
  build: buildVersion,
  status: text.describe("Image Builder's status, such as AVAILABLE"),
  createdAt: time.optional(),
  parent: text
    .optional()
    .describe(
      "such as `base 1.0.3/2`, or `-` if neither Image Builder nor a tag names one; absent if it wasn't read: only for the builds down to the oldest one whose packages are listed, or if a tag names it",
    ),
  unknownParentOf: text
    .optional()
    .describe(
      "build whose parent isn't known, the build itself or an ancestor: the build inherits no revocation from the builds before; absent if all ancestors are known or weren't read",
    ),
  amis: z.array(strict({ region, id: text })).readonly(),
  containers: texts.describe("URIs"),
  sharedIn: texts.describe("channels that share the build"),
  approvals: z.record(text, text).readonly().describe("reasons, by channel"),
  revoked: text.optional().describe("reason of the revocation; absent if it isn't revoked"),
  revokeAt: text.optional().describe("time and reason of a scheduled revocation"),
  findings: Findings.optional().describe(
    "only for shared builds of machine images and the newest one",
  ),
  evidence: Evidence.optional().describe("only for builds whose packages are listed"),
  packages: z
    .array(z.union([z.number(), z.tuple([z.number(), z.number()]).readonly()]))
    .readonly()
    .optional()
    .describe(
      "positions in the list `packages` of the catalogue, ascending; a pair stands for all from its first to its last position. Only for shared builds, the builds before them and the newest one",
    ),
  notes: z
    .array(Note)
    .readonly()
    .optional()
    .describe("release notes of the channels that share the build, as `factory notes`"),
  unread: strict({
    parent: text.optional(),
    findings: text.optional(),
    packages: text.optional(),
    evidence: text.optional(),
    notes: text.optional(),
  })
    .optional()
    .describe("why parts of the build couldn't be read; absent if all could"),
});

const Image = strict({
  name: text,
  kind: z.enum(["image", "container"]),
  description: text.optional(),
  platform: text,
  version: text.describe("major and minor version"),
  parent: Parent,
  components: z.array(Component).readonly(),
  schedule: text.optional(),
  regions: texts.describe("Regions that build it"),
  channels: z.array(Channel).readonly(),
  builds: z.array(Build).readonly().describe("by Region, newest first"),
  unread: z
    .array(Message)
    .readonly()
    .optional()
    .describe("why channels, builds or reasons may be missing; absent if all could be read"),
});

const AppImage = strict({
  account: text.describe("account ID"),
  name: text,
  kind: z.enum(["image", "container"]),
  platform: text,
  parent: Parent,
  components: z.array(Component).readonly(),
  regions: texts,
});

const AccountMessage = strict({
  account: text.describe("name in the factory file, or `all accounts`"),
  region: region.optional().describe("absent if it is about the whole account"),
  message: text,
});

const Running = strict({
  account: text.describe("account ID"),
  region,
  image: text.optional().describe("absent if the instances aren't known to run a golden build"),
  build: buildVersion.optional(),
  builtIn: region.optional().describe("Region that built it; absent if it is `region`"),
  isDeleted: z
    .boolean()
    .optional()
    .describe("whether Image Builder has deleted the build, so that its revocation isn't known"),
  state: z
    .enum(["current", "behind", "revoked", "unknown"])
    .describe("`unknown` without an image: the instances aren't known to run a golden build"),
  behindBuilds: z
    .number()
    .optional()
    .describe("newer builds that the account could run; absent unless the state is `behind`"),
  behindDays: z
    .number()
    .optional()
    .describe(
      "days since the account got the first of them: since RAM shared it, or, if it was replaced, since the updater shared it or the end of its bake time; absent unless the state is `behind`",
    ),
  revoked: text.optional().describe("reason of the revocation"),
  unknown: text.optional().describe("why the state of a golden build isn't known"),
  instances: z.number(),
});

const Fleet = strict({
  running: z.array(Running).readonly().describe("instances of app accounts, as `factory fleet`"),
  notLookedAt: texts.describe("names of the accounts without `fleet: true`"),
  notes: z.array(AccountMessage).readonly(),
  problems: z.array(AccountMessage).readonly().describe("what couldn't be looked at"),
});

export const Catalogue = strict({
  format: z.literal(CATALOGUE_FORMAT),
  generator: z.literal(GENERATOR),
  generatedAt: time,
  version: text.describe("version of the factory"),
  isDemo: z.boolean().optional().describe("whether the content is made up"),
  organization: text.describe("ID of the organization"),
  regions: texts.describe("Regions of the shared account that the catalogue covers"),
  accounts: z.array(Account).readonly(),
  images: z.array(Image).readonly().describe("golden images and golden containers"),
  appImages: z.array(AppImage).readonly().describe("images and containers of app accounts"),
  packages: z
    .array(z.tuple([text, text]).readonly())
    .readonly()
    .describe("each package in the builds once: its name and its version"),
  fleet: Fleet.optional().describe("what runs; absent without the option --fleet"),
  differences: z
    .array(Message)
    .readonly()
    .describe("shares that aren't as deployed, and changes that aren't deployed"),
  problems: z
    .array(Message)
    .readonly()
    .describe("errors while reading; the rest may be incomplete"),
});

export type Catalogue = z.infer<typeof Catalogue>;
export type CatalogueAccount = z.infer<typeof Account>;
export type CatalogueImage = z.infer<typeof Image>;
export type CatalogueAppImage = z.infer<typeof AppImage>;
export type CatalogueChannel = z.infer<typeof Channel>;
export type CatalogueBuild = z.infer<typeof Build>;
export type CatalogueParent = z.infer<typeof Parent>;
export type CatalogueComponent = z.infer<typeof Component>;
export type CatalogueFinding = z.infer<typeof Finding>;
export type CatalogueFleet = z.infer<typeof Fleet>;
export type CatalogueRunning = z.infer<typeof Running>;
export type CatalogueNote = z.infer<typeof Note>;
export type CatalogueEvidence = z.infer<typeof Evidence>;
