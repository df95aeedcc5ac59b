/**
 * Emulates the services that moto lacks, in one server: Image Builder, RAM and launch permissions
 * of AMIs.
 */
import type { Server } from "node:http";
import * as imageBuilderSdk from "@aws-sdk/client-imagebuilder";
import * as ramSdk from "@aws-sdk/client-ram";
import { type Clock, SYSTEM_CLOCK } from "./clock";
import { Amis } from "./ec2/amis";
import { BuildRuns, type WriteLog } from "./image-builder/build-runs";
import { Builds } from "./image-builder/builds";
import { ImageBuilder } from "./image-builder/image-builder";
import { ImageOperations } from "./image-builder/image-operations";
import { type Publish, WaitingSteps } from "./image-builder/waiting-steps";
import type { Organization } from "./organization";
import { type Caller, Emulator, restJson, type Service } from "./protocol/emulator";
import { matchRoute, routesOf } from "./protocol/rest-json";
import { Ram } from "./ram/ram";
import type { ShareDelays } from "./ram/shares";

export interface LocalAwsProps {
  readonly organization: Organization;
  readonly accountOf: (accessKey: string) => Promise<string>;
  /** Publishes a message of Image Builder to a topic. */
  readonly publish: Publish;
  /** The repositories for containers. @default - there are none */
  readonly registry?: Registry;
  /** Writes lines to a log stream of CloudWatch Logs. @default - builds write no logs */
  readonly writeLog?: WriteLog;
  /** The content of an object in Amazon S3. @default - documents in S3 aren't validated */
  readonly readObject?: (uri: string) => string | undefined;
  /**
   * URL of a server with the operations of Amazon EC2 that aren't emulated. It also has the
   * networks. @default - they fail, and every account has the same subnet
   */
  readonly otherEc2?: string;
  /** Additional services. @default - none */
  readonly services?: readonly Service[];
  /** How long operations take. @default - just long enough to keep their order */
  readonly delays?: Partial<BuildDelays & ShareDelays>;
  /** The time of shares and builds. @default - that of the system */
  readonly clock?: Clock;
  /**
   * The server, which is listening.
   * @default - a new one, on a free port of the loopback interface
   */
  readonly server?: Server;
  /** Whether pipelines have the time of their last change. @default - all have the same date */
  readonly recordsChanges?: boolean;
}

export interface BuildDelays {
  /** How long each phase of a build takes, in milliseconds. */
  readonly phase: number;
  /** How long after its start lists don't contain a build, in milliseconds. */
  readonly listLag: number;
}

export interface Registry {
  readonly hasRepository: (name: string, caller: Caller) => Promise<boolean>;
  readonly push: (repository: string, tags: readonly string[], caller: Caller) => Promise<void>;
  readonly deletePushed: (
    repository: string,
    tags: readonly string[],
    caller: Caller,
  ) => Promise<void>;
}

const NO_REGISTRY: Registry = {
  hasRepository: async () => false,
  push: () => Promise.reject(new Error("the local AWS has no repositories")),
  deletePushed: () => Promise.reject(new Error("the local AWS has no repositories")),
};

const DEFAULT_DELAYS = { phase: 50, listLag: 0, association: 100, linger: 60_000 };

export class LocalAws {
  private constructor(
    readonly emulator: Emulator,
    readonly imageBuilder: ImageBuilder,
    readonly builds: Builds,
    readonly runs: BuildRuns,
    readonly ram: Ram,
    readonly amis: Amis,
  ) {}

  /** The caller must stop it. */
  static async start({
    organization,
    accountOf,
    publish,
    registry = NO_REGISTRY,
    writeLog,
    readObject,
    otherEc2,
    services: additionalServices = [],
    delays = {},
    clock = SYSTEM_CLOCK,
    recordsChanges = false,
    server,
  }: LocalAwsProps): Promise<LocalAws> {
    const allDelays = { ...DEFAULT_DELAYS, ...delays };
    const amis = new Amis(organization);
    const ram: Ram = new Ram(
      {
        organization,
        buildExists: (arn) => builds.find(arn) !== undefined,
        isParentOfOthers: (arn) => configurations.isParentOfOthers(arn),
      },
      allDelays,
      clock.now,
    );
    const configurations: ImageBuilder = new ImageBuilder({
      assertParentExists: (...parent) => builds.assertExists(...parent),
      hasRepository: registry.hasRepository,
      readObject,
      ...(recordsChanges && { changedAt: clock.now }),
    });
    const builds: Builds = new Builds((caller) => ram.sharedWith(caller), allDelays.listLag, clock);
    const waitingSteps = new WaitingSteps(configurations, publish, clock.now);
    const runs = new BuildRuns(
      { configurations, amis, builds, waitingSteps, push: registry.push, publish, writeLog },
      allDelays.phase,
      clock,
    );
    const operations = new ImageOperations({
      configurations,
      amis,
      builds,
      runs,
      waitingSteps,
      isShared: (arn) => ram.isShared(arn),
      deletePushed: registry.deletePushed,
    });
    const [imageBuilderRoutes, ramRoutes] = [routesOf(imageBuilderSdk), routesOf(ramSdk)];
    const services = [
      restJson(
        "imagebuilder",
        (method, url, body) => matchRoute(imageBuilderRoutes, method, url, body),
        {
          ...configurations.handlers,
          ...operations.handlers,
        },
      ),
      restJson(
        "ram",
        (method, url, body) => matchRoute(ramRoutes, method, url, body),
        ram.handlers,
      ),
      amis.service(otherEc2),
      ...additionalServices,
    ];
    return new LocalAws(
      await Emulator.start(services, accountOf, server),
      configurations,
      builds,
      runs,
      ram,
      amis,
    );
  }

  stop(): void {
    this.emulator.stop();
  }
}
