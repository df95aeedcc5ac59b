/** The request with which `factory prove` launches an instance. */
import type {
  Image as Ami,
  _InstanceType as InstanceType,
  RunInstancesCommandInput,
  Subnet,
} from "@aws-sdk/client-ec2";
import { PROVE_PREFIX } from "../leftovers";
import type { ProofRun } from "./proof-run";
import { expiringTags, LIFETIME_MINUTES } from "./tags";

/** Returns the instance type that is launched: the first that the image is built on. */
export function instanceTypeOf({ image }: Pick<ProofRun, "image">): string {
  const [type] = image.instanceTypes;
  if (type === undefined) throw new Error(`${image.name} has no instance type`);
  return type;
}

/** The network that the instance is launched in. */
interface Network {
  /** @default - the default VPC */
  readonly subnet?: Subnet | undefined;
  /** @default - the default security group of the VPC */
  readonly securityGroup?: string | undefined;
}

export function requestFor(
  run: ProofRun,
  { ImageId, BlockDeviceMappings = [] }: Ami,
  { subnet, securityGroup }: Network,
): RunInstancesCommandInput {
  const tags = { Name: `${PROVE_PREFIX}${run.id}`, ...expiringTags(run) };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    ImageId,
    InstanceType: instanceTypeOf(run) as InstanceType,
    MinCount: 1,
    MaxCount: 1,
    ClientToken: run.id,
    InstanceInitiatedShutdownBehavior: "terminate",
    // An image may keep its volumes.
    BlockDeviceMappings: BlockDeviceMappings.flatMap(({ DeviceName, Ebs }) =>
      Ebs === undefined ? [] : { DeviceName, Ebs: { DeleteOnTermination: true } },
    ),
    MetadataOptions: { HttpTokens: "required", HttpEndpoint: "enabled" },
    UserData: Buffer.from(shutdownScript(run)).toString("base64"),
    TagSpecifications: (["instance", "volume", "network-interface"] as const).map(
      (ResourceType) => ({ ResourceType, Tags }),
    ),
    ...(subnet && {
      NetworkInterfaces: [
        {
          DeviceIndex: 0,
          SubnetId: subnet.SubnetId,
          AssociatePublicIpAddress: false,
          // Assumed: overrides the subnet here, as AWS documents for CreateNetworkInterface.
          ...(subnet.AssignIpv6AddressOnCreation && { Ipv6AddressCount: 0 }),
          DeleteOnTermination: true,
          ...(securityGroup && { Groups: [securityGroup] }),
        },
      ],
    }),
  };
}

/** Ends the instance if nothing else does, such as after this process was killed. */
function shutdownScript({ image }: ProofRun): string {
  return image.platform === "Windows"
    ? `<powershell>shutdown /s /t ${LIFETIME_MINUTES * 60}</powershell>\n`
    : `#!/bin/sh\nshutdown -h +${LIFETIME_MINUTES}\n`;
}
