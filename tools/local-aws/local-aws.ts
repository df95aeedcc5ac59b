/** Emulators of what moto lacks, in one server: Image Builder, RAM, and who may launch which AMI. */
import * as imageBuilderSdk from "@aws-sdk/client-imagebuilder";
import * as ramSdk from "@aws-sdk/client-ram";
import { Amis } from "./amis";
import { type Caller, Emulator, restJson, type Service } from "./emulator";
import { ImageBuilder } from "./image-builder";
import { type Pace as BuildPace, Images } from "./images";
import type { Organization } from "./organization";
import { Ram, type Pace as SharePace } from "./ram";
import { matchRoute, routesOf } from "./rest-json";

export interface LocalAwsProps {
  readonly organization: Organization;
  /** Whose an access key is. */
  readonly accountOf: (accessKey: string) => Promise<string>;
  /** Sends what Image Builder has to say to a topic. */
  readonly publish: (topicArn: string, message: string, caller: Caller) => Promise<void>;
  /** Where containers go. @default - there are no repositories */
  readonly registry?: Registry;
  /** Other services beside them. @default - none */
  readonly services?: readonly Service[];
  /** How long things take. @default - as little as shows their order */
  readonly pace?: Partial<BuildPace & SharePace>;
}

export interface Registry {
  readonly hasRepository: (name: string, caller: Caller) => Promise<boolean>;
  readonly push: (repository: string, tags: readonly string[], caller: Caller) => Promise<void>;
  readonly unpush: (repository: string, tags: readonly string[], caller: Caller) => Promise<void>;
}

const NO_REGISTRY: Registry = {
  hasRepository: async () => false,
  push: () => Promise.reject(new Error("there is no repository")),
  unpush: () => Promise.reject(new Error("there is no repository")),
};

const QUICK = { phase: 50, listLag: 0, association: 100, linger: 60_000 };

export class LocalAws {
  private constructor(
    readonly emulator: Emulator,
    readonly imageBuilder: ImageBuilder,
    readonly images: Images,
    readonly ram: Ram,
    readonly amis: Amis,
  ) {}

  /** Starts it on a free port of the loopback. It has to be stopped. */
  static async start({
    organization,
    accountOf,
    publish,
    registry = NO_REGISTRY,
    services: others = [],
    pace = {},
  }: LocalAwsProps): Promise<LocalAws> {
    const times = { ...QUICK, ...pace };
    const amis = new Amis(organization);
    const ram: Ram = new Ram({ organization, exists: (arn) => images.exists(arn) }, times);
    const configurations: ImageBuilder = new ImageBuilder({
      mustResolve: (...parent) => images.mustResolve(...parent),
      hasRepository: registry.hasRepository,
    });
    const images: Images = new Images(
      {
        configurations,
        amis,
        sharedWith: (caller) => ram.sharedWith(caller),
        isShared: (arn) => ram.isShared(arn),
        push: registry.push,
        unpush: registry.unpush,
        publish,
      },
      times,
    );
    const [imageBuilderRoutes, ramRoutes] = [routesOf(imageBuilderSdk), routesOf(ramSdk)];
    const services = [
      restJson("imagebuilder", (...request) => matchRoute(imageBuilderRoutes, ...request), {
        ...configurations.handlers,
        ...images.handlers,
      }),
      restJson("ram", (...request) => matchRoute(ramRoutes, ...request), ram.handlers),
      amis.service,
      ...others,
    ];
    return new LocalAws(
      await Emulator.start(services, accountOf),
      configurations,
      images,
      ram,
      amis,
    );
  }

  stop(): void {
    this.emulator.stop();
  }
}
