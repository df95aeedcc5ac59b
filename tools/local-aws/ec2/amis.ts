/**
 * Emulates the part of Amazon EC2 that is about AMIs, their launch permissions and watermarks. The
 * service also has instances that are launched from them.
 */
import type { Image, ImageFinding, ScanResults } from "@aws-sdk/client-ec2";
import { AWS_IMAGES } from "../image-builder/aws-images";
import { type Organization, standsFor } from "../organization";
import { assertKnownParameters, elementsOf, listIn, matchesFilters } from "../protocol/ec2-query";
import type { Caller, Handlers, Service } from "../protocol/emulator";
import { Fault, type Input, page } from "../protocol/rest-json";
import { type Ami, type Scan, toWatermark } from "./ami";
import { Instances, ROOT_DEVICE } from "./instances";

/** Source of an AMI. */
interface Origin {
  /** @default - none */
  readonly description?: string;
  /** The AMI whose watermarks it inherits. @default - none */
  readonly source?: string | undefined;
}

/** Watermarks that an AMI can have, with those that it inherited. */
const MAX_WATERMARKS = 5;

const WATERMARK_NAME = /^[\w()[\] ./'@-]{3,128}$/;

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

/** The values of an AMI by the names of filters. */
function filterable(
  id: string,
  tags: Readonly<Record<string, string>>,
): Readonly<Record<string, readonly string[]>> {
  const values = Object.entries(tags).map(([key, value]) => [`tag:${key}`, [value]]);
  return { "image-id": [id], "tag-key": Object.keys(tags), ...Object.fromEntries(values) };
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

/** Assumed: the limits of descriptions, as users report them. */
function assertDescription(text: string): void {
  if (text.length > 255 || /[^\x20-\x7e]/.test(text))
    throw new Fault("InvalidParameterValue", `Invalid value '${text}' for description.`);
}

export class Amis {
  private readonly amis = new Map<string, Ami>();
  /** AMIs of AWS-managed images, by id. */
  private readonly awsAmis = new Map<
    string,
    { readonly region: string; readonly device: string }
  >();
  /** Number in the last id of an AMI. Assumed: AWS gives no id a second time. */
  private lastAmi = 0;
  readonly instances = new Instances((id, caller) => this.findLaunchable(id, caller));

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

  /** Scans an AMI with these results, as Amazon Inspector does some time after its creation. */
  scan(id: string, findings: readonly ImageFinding[]): void {
    const ami = this.amis.get(id);
    if (!ami) throw new Error(`the AMI ${id} must exist`);
    ami.scan = { at: new Date(), findings };
  }

  ids(): string[] {
    return [...this.amis.keys()];
  }

  /** The keys of the watermarks of an AMI. */
  watermarksOf(id: string): string[] {
    return this.amis.get(id)?.watermarks.map(({ key }) => key) ?? [];
  }

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

  private findLaunchable(id: string, { account, region }: Caller): Ami {
    const ami = this.amis.get(id);
    if (!ami || !this.canLaunch(account, region, id))
      throw new Fault("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
    return ami;
  }

  private readonly handlers: Handlers = {
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
          .filter(({ id, tags }) => matchesFilters(input, filterable(id, tags)))
          .map(
            ({ id, owner, name, tags, description, watermarks, isDisabled, createdAt, scan }) => ({
              imageId: id,
              imageOwnerId: owner,
              imageState: isDisabled ? "disabled" : "available",
              name,
              description,
              ...imageElements({
                CreationDate: createdAt.toISOString(),
                BlockDeviceMappings: [
                  {
                    DeviceName: ROOT_DEVICE,
                    Ebs: { SnapshotId: snapshotOf(id), DeleteOnTermination: false },
                  },
                ],
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
      const { watermarks } = this.instances.amiOf(input["InstanceId"], caller);
      const id = this.register(caller.account, caller.region, String(input["Name"]), {});
      this.findOwned(id, caller).watermarks = watermarks;
      return { imageId: id };
    },
  };

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

  /** @param others URL of a server with the other operations. By default, they fail */
  service(others?: string): Service {
    const { handlers, networkHandlers } = this.instances;
    const networks = others === undefined ? networkHandlers : {};
    return {
      name: "ec2",
      others,
      read: (_method, _url, body) => {
        const {
          Action = "",
          Version: _version,
          ...input
        } = Object.fromEntries(new URLSearchParams(body));
        return { operation: Action, input };
      },
      handlers: { ...this.handlers, ...handlers, ...networks },
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
