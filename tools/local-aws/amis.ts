/**
 * Emulates the part of Amazon EC2 that is about AMIs, their launch permissions and watermarks, and
 * instances that are launched from them.
 */
import type {
  DescribeInstanceImageMetadataResult,
  Image,
  ImageFinding,
  ImageState,
  ImageWatermark,
  InstanceImageMetadata,
  ScanResults,
} from "@aws-sdk/client-ec2";
import { AWS_IMAGES } from "./aws-images";
import { assertKnownParameters, elementsOf } from "./ec2-query";
import type { Caller, Handler, Service } from "./emulator";
import { type Organization, standsFor } from "./organization";
import { Fault, type Input, page } from "./rest-json";

interface Ami {
  readonly id: string;
  readonly owner: string;
  readonly region: string;
  readonly name: string;
  tags: Readonly<Record<string, string>>;
  launchers: Set<string>;
  isDisabled: boolean;
  isDeregistered: boolean;
  readonly createdAt: Date;
  /** Also those that it inherited. */
  watermarks: readonly Watermark[];
  readonly description: string;
  /** Result of Amazon Inspector's last scan. @default - it wasn't scanned */
  scan?: Scan;
}

/** A scan of an AMI by Amazon Inspector. */
interface Scan {
  readonly at: Date;
  readonly findings: readonly ImageFinding[];
}

/** What an AMI was created from. */
interface Origin {
  /** @default - none */
  readonly description?: string;
  /** The AMI whose watermarks it inherits. @default - none */
  readonly source?: string | undefined;
}

/** A mark on an AMI, which copies and derived AMIs inherit. */
interface Watermark {
  /** `ACCOUNT:NAME`. */
  readonly key: string;
  /** The AMI to which it was attached. */
  readonly sourceId: string;
  readonly sourceRegion: string;
  readonly sourceCreatedAt: Date;
  readonly createdAt: Date;
}

/** Watermarks that an AMI can have, with those that it inherited. */
const MAX_WATERMARKS = 5;

const WATERMARK_NAME = /^[\w()[\] ./'@-]{3,128}$/;

/** Instances in a page of DescribeInstanceImageMetadata. */
const MAX_PAGE = 1_000;

/** Number of times that the status of an instance is read until its checks pass. */
const STATUS_READS = 1;

/** A launched instance. */
interface LaunchedInstance {
  readonly id: string;
  readonly owner: string;
  readonly region: string;
  /** Its AMI, which may be deregistered. */
  readonly ami: Ami;
  readonly launchedAt: Date;
  readonly token: string;
  readonly group: string | undefined;
  state: "pending" | "running" | "shutting-down" | "terminated";
  reads: number;
}

/** A security group. */
interface SecurityGroup {
  readonly id: string;
  readonly owner: string;
  readonly region: string;
  readonly name: string;
}

/** The principals in parameters such as `LaunchPermission.Add.1.UserId`. */
function principalsIn(input: Input, list: string): string[] {
  return Object.entries(input)
    .filter(([key]) => key.startsWith(`LaunchPermission.${list}.`))
    .map(([, value]) => String(value));
}

function permissionItem(principal: string): object {
  if (principal === "all") return { group: "all" };
  if (principal.includes(":organization/")) return { organizationArn: principal };
  return principal.includes(":ou/") ? { organizationalUnitArn: principal } : { userId: principal };
}

/** The values of indexed parameters such as `ResourceId.1`. */
function listIn(input: Input, prefix: string): string[] {
  const pattern = new RegExp(`^${prefix}\\.\\d+$`);
  return Object.entries(input)
    .filter(([key]) => pattern.test(key))
    .map(([, value]) => String(value));
}

/** The values of a filter of a request; `undefined` if the request doesn't have it. */
function filterValues(input: Input, name: string): string[] | undefined {
  const entry = Object.entries(input).find(
    ([key, value]) => /^Filter\.\d+\.Name$/.test(key) && value === name,
  );
  return entry && listIn(input, entry[0].replace(/Name$/, "Value"));
}

/** Whether an AMI matches the filters of a request. Only those for IDs and tags are emulated. */
function matchesFilters(input: Input, { id, tags }: Ami): boolean {
  for (let index = 1; input[`Filter.${index}.Name`] !== undefined; index += 1) {
    const name = String(input[`Filter.${index}.Name`]);
    const values = listIn(input, `Filter.${index}.Value`);
    if (name === "image-id") {
      if (!values.includes(id)) return false;
      continue;
    }
    const key = /^tag:(.+)$/.exec(name)?.[1];
    if (name !== "tag-key" && key === undefined)
      throw new Fault("InvalidParameterValue", `The filter '${name}' is not emulated`);
    const matches =
      key === undefined ? values.some((value) => value in tags) : values.includes(tags[key] ?? "");
    if (!matches) return false;
  }
  return true;
}

/** As in the AWS SDK. */
function toWatermark(watermark: Watermark): ImageWatermark {
  return {
    WatermarkKey: watermark.key,
    SourceImageId: watermark.sourceId,
    SourceImageRegion: watermark.sourceRegion,
    SourceImageCreationTime: watermark.sourceCreatedAt,
    WatermarkCreationTime: watermark.createdAt,
  };
}

function stateOf({ isDisabled, isDeregistered }: Ami): ImageState {
  if (isDeregistered) return "deregistered";
  return isDisabled ? "disabled" : "available";
}

/** Severities, the lowest first, with the members of `ScanResults` for them. */
const FIX_MEMBERS = {
  informational: "InformationalFixAvailableSince",
  low: "LowFixAvailableSince",
  medium: "MediumFixAvailableSince",
  high: "HighFixAvailableSince",
  critical: "CriticalFixAvailableSince",
} as const satisfies Readonly<Record<string, keyof ScanResults>>;

/**
 * Summarizes a scan as EC2 does. Assumed: a fix exists since the first observation of the finding,
 * which is the earliest date that Amazon Inspector can report.
 */
function toScanResults({ at, findings }: Scan): ScanResults {
  const ofSeverity = (severity: string): ImageFinding[] =>
    findings.filter(({ SeverityLabel }) => SeverityLabel === severity);
  const severities = Object.entries(FIX_MEMBERS);
  const [highest] = severities.findLast(([severity]) => ofSeverity(severity).length > 0) ?? [];
  const fixes = severities.flatMap(([severity, member]) => {
    const times = ofSeverity(severity).flatMap(({ FixAvailable, FirstObservedAt }) =>
      FixAvailable && FirstObservedAt ? FirstObservedAt.getTime() : [],
    );
    return times.length === 0 ? [] : [[member, new Date(Math.min(...times))]];
  });
  return {
    FindingScanDate: at,
    ...(highest !== undefined && { HighestFindingSeverityLabel: highest }),
    ...Object.fromEntries(fixes),
  };
}

/** The ID of the only snapshot of an AMI. */
function snapshotOf(ami: string): string {
  return ami.replace("ami-", "snap-");
}

/** The elements of an image in an answer of DescribeImages. */
function imageElements(image: Image): object {
  const { imagesSet } = elementsOf("DescribeImages", { Images: [image] }) as {
    readonly imagesSet: readonly [object];
  };
  return imagesSet[0];
}

/** As in the AWS SDK. */
function toMetadata({
  id,
  owner,
  ami,
  launchedAt,
  state,
}: LaunchedInstance): InstanceImageMetadata {
  return {
    InstanceId: id,
    OwnerId: owner,
    LaunchTime: launchedAt,
    State: { Name: state },
    ImageMetadata: {
      ImageId: ami.id,
      Name: ami.name,
      OwnerId: ami.owner,
      State: stateOf(ami),
      CreationDate: ami.createdAt.toISOString(),
      ImageWatermarks: ami.watermarks.map(toWatermark),
    },
  };
}

/** Assumed: the limits of descriptions, as users report them. */
function assertDescription(text: string): void {
  if (text.length > 255 || /[^\x20-\x7e]/.test(text))
    throw new Fault("InvalidParameterValue", `Invalid value '${text}' for description.`);
}

export class Amis {
  private readonly amis = new Map<string, Ami>();
  private readonly instances = new Map<string, LaunchedInstance>();
  private readonly groups = new Map<string, SecurityGroup>();
  /** AMIs of AWS-managed images, by id. */
  private readonly awsAmis = new Map<
    string,
    { readonly region: string; readonly device: string }
  >();
  /** Number in the last id of an AMI. Assumed: AWS gives no id a second time. */
  private lastAmi = 0;
  /** Number in the last id of an instance or security group. */
  private lastId = 0;

  constructor(private readonly organization: Organization) {}

  /**
   * @param source ID of the AMI that it was copied or created from. @default - it inherits nothing
   */
  register(
    owner: string,
    region: string,
    name: string,
    tags: Readonly<Record<string, string>>,
    { description = "", source = "" }: Origin = {},
  ): string {
    this.lastAmi += 1;
    const id = `ami-${this.lastAmi.toString(16).padStart(17, "0")}`;
    this.amis.set(id, {
      id,
      owner,
      region,
      name,
      tags,
      description,
      launchers: new Set(),
      isDisabled: false,
      isDeregistered: false,
      createdAt: new Date(),
      watermarks: this.amis.get(source)?.watermarks ?? [],
    });
    return id;
  }

  /** The id of the AMI of an AWS-managed image. Other AMIs of AWS aren't emulated. */
  ofAws(name: string, region: string): string {
    const index = AWS_IMAGES.findIndex((image) => image.name === name);
    const id = `ami-a${index.toString(16).padStart(16, "0")}`;
    this.awsAmis.set(id, { region, device: AWS_IMAGES[index]?.device ?? "" });
    return id;
  }

  /**
   * Disables or enables an AMI. "When an AMI is disabled … it becomes private": it loses its launch
   * permission, and accounts "do not regain access automatically" when it is enabled again.
   */
  setState(region: string, id: string, status: string): void {
    const ami = this.amis.get(id);
    if (ami?.region !== region) return;
    if (status === "AVAILABLE") ami.isDisabled = false;
    if (status !== "DISABLED") return;
    ami.isDisabled = true;
    ami.launchers = new Set();
  }

  deregister(id: string): void {
    const ami = this.amis.get(id);
    if (ami) ami.isDeregistered = true;
    this.amis.delete(id);
  }

  canLaunch(account: string, region: string, id: string): boolean {
    const ami = this.amis.get(id);
    if (!ami || ami.region !== region || ami.isDisabled) return false;
    return this.isVisible(ami, account);
  }

  /** The ids of instances that aren't terminated, and of security groups. */
  get launched(): string[] {
    const alive = [...this.instances.values()].filter(({ state }) => state !== "terminated");
    return [...alive.map(({ id }) => id), ...this.groups.keys()];
  }

  /** Scans an AMI with these results, as Amazon Inspector does some time after its creation. */
  scan(id: string, findings: readonly ImageFinding[]): void {
    const ami = this.amis.get(id);
    if (!ami) throw new Error(`the AMI ${id} must exist`);
    ami.scan = { at: new Date(), findings };
  }

  /** The ids of all AMIs. */
  ids(): string[] {
    return [...this.amis.keys()];
  }

  /** The keys of the watermarks of an AMI. */
  watermarksOf(id: string): string[] {
    return this.amis.get(id)?.watermarks.map(({ key }) => key) ?? [];
  }

  /** Removes a watermark from an AMI. */
  detach(id: string, watermark: string): void {
    const ami = this.amis.get(id);
    if (ami) ami.watermarks = ami.watermarks.filter(({ key }) => key !== watermark);
  }

  tagsOf(id: string): Readonly<Record<string, string>> {
    return this.amis.get(id)?.tags ?? {};
  }

  /** Replaces a part of a tag's value, if the AMI has the tag. */
  replaceTag(id: string, key: string, part: RegExp, replacement: string): void {
    const ami = this.amis.get(id);
    const value = ami?.tags[key];
    if (ami && value !== undefined)
      ami.tags = { ...ami.tags, [key]: value.replace(part, replacement) };
  }

  private isVisible({ owner, launchers }: Ami, account: string): boolean {
    return (
      owner === account ||
      [...launchers].some(
        (principal) => principal === "all" || standsFor(this.organization, principal, account),
      )
    );
  }

  private findOwned(id: unknown, { account, region }: Caller): Ami {
    const ami = this.amis.get(String(id));
    if (ami?.owner !== account || ami.region !== region)
      throw new Fault("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
    return ami;
  }

  private readonly handlers: Readonly<Record<string, Handler>> = {
    DescribeImageAttribute: ({ ImageId }, caller) => {
      const { id, launchers } = this.findOwned(ImageId, caller);
      return { imageId: id, launchPermission: [...launchers].map(permissionItem) };
    },
    ModifyImageAttribute: (input, caller) => {
      const ami = this.findOwned(input["ImageId"], caller);
      if (ami.isDisabled)
        throw new Fault(
          "InvalidAMIID.Unavailable",
          `The image ID '${ami.id}' is no longer available`,
        );
      const description = input["Description.Value"];
      if (description !== undefined) assertDescription(String(description));
      for (const principal of principalsIn(input, "Add")) ami.launchers.add(principal);
      for (const principal of principalsIn(input, "Remove")) ami.launchers.delete(principal);
      return { return: true };
    },
    ResetImageAttribute: ({ ImageId }, caller) => {
      this.findOwned(ImageId, caller).launchers = new Set();
      return { return: true };
    },
    DeregisterImage: ({ ImageId }, caller) => {
      this.deregister(this.findOwned(ImageId, caller).id);
      return { return: true };
    },
    DescribeImages: (input, { account, region }) => {
      const isOwn = listIn(input, "Owner").includes("self");
      const includesDisabled = input["IncludeDisabled"] === "true";
      const ids = listIn(input, "ImageId");
      const ofAws = ids.flatMap((id) => {
        const ami = this.awsAmis.get(id);
        return ami?.region === region ? [{ imageId: id, rootDeviceName: ami.device }] : [];
      });
      if (ofAws.length > 0) return { imagesSet: ofAws };
      return {
        imagesSet: [...this.amis.values()]
          .filter(({ id }) => ids.length === 0 || ids.includes(id))
          .filter((ami) => ami.region === region && (includesDisabled || !ami.isDisabled))
          .filter((ami) => (isOwn ? ami.owner === account : this.isVisible(ami, account)))
          .filter((ami) => matchesFilters(input, ami))
          .map(
            ({ id, owner, name, tags, description, watermarks, isDisabled, createdAt, scan }) => ({
              imageId: id,
              imageOwnerId: owner,
              imageState: isDisabled ? "disabled" : "available",
              name,
              description,
              ...imageElements({
                CreationDate: createdAt.toISOString(),
                BlockDeviceMappings: [{ Ebs: { SnapshotId: snapshotOf(id) } }],
                ImageWatermarks: watermarks.map(toWatermark),
                ...(scan && { ScanResults: toScanResults(scan) }),
              }),
              // Only the owner of an AMI sees its tags.
              ...(owner === account && {
                tagSet: Object.entries(tags).map(([key, value]) => ({ key, value })),
              }),
            }),
          ),
      };
    },
    GetImageFindings: (input, caller) => {
      assertKnownParameters("GetImageFindings", input);
      const { scan } = this.findOwned(input["ImageId"], caller);
      const { NextToken: nextToken } = input;
      const { items, ...rest } = page(scan?.findings ?? [], { nextToken }, 100);
      const output = { ImageFindings: items, NextToken: rest.nextToken };
      return elementsOf("GetImageFindings", output);
    },
    CreateTags: (input, caller) => {
      for (const id of listIn(input, "ResourceId")) {
        const ami = this.findOwned(id, caller);
        ami.tags = { ...ami.tags, [String(input["Tag.1.Key"])]: String(input["Tag.1.Value"]) };
      }
      return { return: true };
    },
    DeleteTags: (input, caller) => {
      for (const id of listIn(input, "ResourceId")) {
        const ami = this.findOwned(id, caller);
        const { [String(input["Tag.1.Key"])]: _deleted, ...tags } = ami.tags;
        ami.tags = tags;
      }
      return { return: true };
    },
    // Assumed: attaching a watermark again changes nothing, and the codes of the errors.
    AttachImageWatermark: (input, caller) => {
      assertKnownParameters("AttachImageWatermark", input);
      const WatermarkKey = this.attachWatermark(input, caller);
      return elementsOf("AttachImageWatermark", { WatermarkKey });
    },
    // "Succeeds even if the watermark does not exist on the image."
    DetachImageWatermark: (input, caller) => {
      assertKnownParameters("DetachImageWatermark", input);
      const { id } = this.findOwned(input["ImageId"], caller);
      this.detach(id, String(input["WatermarkKey"]));
      return elementsOf("DetachImageWatermark", { Return: true });
    },
    CopyImage: ({ SourceImageId, SourceRegion, Name }, { account, region }) => {
      const source = String(SourceImageId);
      if (!this.canLaunch(account, String(SourceRegion), source))
        throw new Fault("InvalidAMIID.NotFound", `The image id '[${source}]' does not exist`);
      return { imageId: this.register(account, region, String(Name), {}, { source }) };
    },
    CreateImage: (input, caller) => {
      const [instance] = this.instancesOf(input, caller);
      if (!instance || input["InstanceId"] === undefined)
        throw new Fault(
          "InvalidInstanceID.NotFound",
          `The instance ID '${input["InstanceId"]}' does not exist`,
        );
      const id = this.register(caller.account, caller.region, String(input["Name"]), {});
      const ami = this.findOwned(id, caller);
      ami.watermarks = instance.ami.watermarks;
      return { imageId: id };
    },
    DescribeInstanceImageMetadata: (input, caller) => {
      assertKnownParameters("DescribeInstanceImageMetadata", input);
      const output = this.describeInstanceImages(input, caller);
      return elementsOf("DescribeInstanceImageMetadata", output);
    },
    RunInstances: (input, { account, region }) => {
      const imageId = String(input["ImageId"]);
      const ami = this.amis.get(imageId);
      if (!ami || !this.canLaunch(account, region, imageId))
        throw new Fault("InvalidAMIID.NotFound", `The image id '[${imageId}]' does not exist`);
      if (input["DryRun"] === "true")
        throw new Fault(
          "DryRunOperation",
          "Request would have succeeded, but DryRun flag is set.",
          412,
        );
      const token = String(input["ClientToken"] ?? "");
      const known = [...this.instances.values()].find(
        (one) => token !== "" && one.token === token && one.owner === account,
      );
      const id = known?.id ?? this.nextId("i");
      const group = input["NetworkInterface.1.SecurityGroupId.1"];
      if (!known)
        this.instances.set(id, {
          id,
          owner: account,
          region,
          ami,
          launchedAt: new Date(),
          token,
          group: group === undefined ? undefined : String(group),
          state: "pending",
          reads: 0,
        });
      return { instancesSet: [{ instanceId: id, imageId }] };
    },
    DescribeInstances: (input, caller) => ({
      reservationSet: this.instancesOf(input, caller).map((instance) => {
        const { id, ami, state } = instance;
        if (state === "shutting-down") instance.state = "terminated";
        return {
          instancesSet: [{ instanceId: id, imageId: ami.id, instanceState: { name: state } }],
        };
      }),
    }),
    DescribeInstanceStatus: (input, caller) => ({
      instanceStatusSet: this.instancesOf(input, caller)
        .filter(({ state }) => state === "pending" || state === "running")
        .map((instance) => {
          instance.reads += 1;
          instance.state = "running";
          const status = { status: instance.reads > STATUS_READS ? "ok" : "initializing" };
          return { instanceId: instance.id, systemStatus: status, instanceStatus: status };
        }),
    }),
    TerminateInstances: (input, caller) => {
      for (const instance of this.instancesOf(input, caller))
        if (instance.state !== "terminated") instance.state = "shutting-down";
      return { instancesSet: [] };
    },
    CreateSecurityGroup: ({ GroupName }, { account, region }) => {
      const id = this.nextId("sg");
      this.groups.set(id, { id, owner: account, region, name: String(GroupName) });
      return { return: true, groupId: id };
    },
    DescribeSecurityGroups: (input, { account, region }) => {
      const names = filterValues(input, "group-name");
      return {
        securityGroupInfo: [...this.groups.values()]
          .filter((group) => group.owner === account && group.region === region)
          .filter(({ name }) => names?.includes(name) ?? true)
          .map(({ id, name }) => ({ groupId: id, groupName: name })),
      };
    },
    DeleteSecurityGroup: ({ GroupId }) => {
      const id = String(GroupId);
      const isUsed = [...this.instances.values()].some(
        ({ group, state }) => group === id && state !== "terminated",
      );
      if (isUsed) throw new Fault("DependencyViolation", `resource ${id} has a dependent object`);
      if (!this.groups.delete(id))
        throw new Fault("InvalidGroup.NotFound", `The security group '${id}' does not exist`);
      return { return: true };
    },
    // Every account has this subnet.
    DescribeSubnets: (input) => ({
      subnetSet: listIn(input, "SubnetId").map((subnetId) => ({ subnetId, vpcId: "vpc-1" })),
    }),
  };

  private nextId(prefix: string): string {
    this.lastId += 1;
    return `${prefix}-${this.lastId.toString(16).padStart(17, "0")}`;
  }

  /** As in the AWS SDK. EC2 describes the AMI even if the account can't see it any more. */
  private describeInstanceImages(
    input: Input,
    caller: Caller,
  ): DescribeInstanceImageMetadataResult {
    const known = this.instancesOf(input, caller);
    for (const id of listIn(input, "InstanceId"))
      if (!known.some((one) => one.id === id))
        throw new Fault("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
    const ids = filterValues(input, "instance-id");
    const states = filterValues(input, "instance-state-name");
    const found = known
      .filter(({ id }) => ids?.includes(id) ?? true)
      .filter(({ state }) => states?.includes(state) ?? true);
    const { NextToken: nextToken, MaxResults: maxResults } = input;
    const { items, ...next } = page(found, { nextToken, maxResults }, MAX_PAGE);
    return { InstanceImageMetadata: items.map(toMetadata), NextToken: next.nextToken };
  }

  private attachWatermark({ ImageId, WatermarkName }: Input, caller: Caller): string {
    const ami = this.findOwned(ImageId, caller);
    const key = `${caller.account}:${WatermarkName}`;
    if (!WATERMARK_NAME.test(String(WatermarkName)))
      throw new Fault("InvalidParameterValue", `The watermark name '${WatermarkName}' is invalid`);
    if (ami.launchers.has("all"))
      throw new Fault("OperationNotPermitted", "Watermarks cannot be added to public images");
    if (ami.watermarks.some((one) => one.key === key)) return key;
    if (ami.watermarks.length >= MAX_WATERMARKS)
      throw new Fault(
        "ImageWatermarkLimitExceeded",
        `The image '${ami.id}' has the maximum of ${MAX_WATERMARKS} watermarks`,
      );
    const { id: sourceId, region: sourceRegion, createdAt: sourceCreatedAt } = ami;
    const watermark = { key, sourceId, sourceRegion, sourceCreatedAt, createdAt: new Date() };
    ami.watermarks = [...ami.watermarks, watermark];
    return key;
  }

  /** The instances of a caller that a request names by ID or by client token, or all. */
  private instancesOf(input: Input, { account, region }: Caller): LaunchedInstance[] {
    const single = input["InstanceId"];
    const ids = single === undefined ? listIn(input, "InstanceId") : [String(single)];
    const tokens = filterValues(input, "client-token");
    return [...this.instances.values()]
      .filter((one) => one.owner === account && one.region === region)
      .filter(({ id }) => ids.length === 0 || ids.includes(id))
      .filter(({ token }) => tokens?.includes(token) ?? true);
  }

  get service(): Service {
    return {
      name: "ec2",
      read: (_method, _url, body) => {
        const {
          Action = "",
          Version: _version,
          ...input
        } = Object.fromEntries(new URLSearchParams(body));
        return { operation: Action, input };
      },
      handlers: this.handlers,
      contentType: "text/xml",
      write: (operation, output) =>
        `<${operation}Response><requestId>0</requestId>${xml(output)}</${operation}Response>`,
      writeFault: ({ name, message }) =>
        `<Response><Errors><Error><Code>${name}</Code><Message>${message}</Message></Error></Errors><RequestID>0</RequestID></Response>`,
    };
  }
}

function xml(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `<item>${xml(item)}</item>`).join("");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([key, item]) => `<${key}>${xml(item)}</${key}>`)
    .join("");
}
