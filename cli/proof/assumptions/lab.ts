/** Provides experiments with accounts, time, and a clean-up. */
import { HOUR_MS, MINUTE_MS } from "../../../contract/time";
import { describeKnownError } from "../../report";
import { isDenied } from "../denied";
import { PROVE_PREFIX, PROVE_TAG } from "../leftovers";
import { assertContinues, type Clock } from "../prove/interruption";
import { Inconclusive } from "./inconclusive";
import type { Site } from "./site";

/** How something is removed. */
export interface Undo {
  /** Such as `the image recipe ARN`. */
  readonly what: string;
  /** Command that removes it. */
  readonly command: string;
  /** Removes it, or does nothing if it doesn't exist. */
  readonly run: () => Promise<unknown>;
}

/** Something that couldn't be removed. */
export interface Leftover {
  readonly what: string;
  readonly command: string;
  readonly reason: string;
}

/** Names of errors about something that doesn't exist. */
const GONE = /NotFound|NoSuchEntity|UnknownResource|InvalidAMIID\.(Unavailable|NotFound)/;

/** Names of errors that end by themselves, because AWS removes what is in the way with delay. */
const TRANSIENT =
  /Dependency|DeleteConflict|InvalidStateTransition|Throttl|OperationNotPermitted|RequestLimit/;

/** Names of errors that are never the answer to a question. */
const NO_ANSWER =
  /^(ExpiredToken(Exception)?|Throttling(Exception)?|RequestLimitExceeded|TooManyRequestsException|\w*QuotaExceeded\w*|(?!ImageWatermark)\w*LimitExceeded\w*)$/;

const CLEANUP_MINUTES = 20;
const CLEANUP_PAUSE_SECONDS = 10;

/** Time after which everything that is left may be removed. */
const LIFETIME_HOURS = 6;

export interface LabProps {
  /** Random. Part of all names. */
  readonly id: string;
  readonly clock: Clock;
  readonly owner: Site;
  /** @default - experiments that need it are skipped */
  readonly consumer?: Site | undefined;
  /** ARN of the organization of both accounts. @default - there is no second account */
  readonly organizationArn?: string | undefined;
  /** Region that builds are copied to. @default - they aren't */
  readonly copyRegion?: string | undefined;
  /** Tags of the factory. */
  readonly tags: Readonly<Record<string, string>>;
}

export class Lab {
  /** The account that owns images. */
  readonly owner: Site;
  readonly copyRegion: string | undefined;
  /** Shown while it waits. */
  waitingFor = "";
  /** Aborted after a signal. The clean-up uses another one. */
  private signal: AbortSignal = new AbortController().signal;
  private undos: Undo[] = [];
  /** Parts that several experiments use, by the function that created them. */
  private readonly sharedParts = new Map<unknown, Promise<unknown>>();
  private readonly sharedUndos: Undo[] = [];

  constructor(private readonly props: LabProps) {
    this.owner = props.owner;
    this.copyRegion = props.copyRegion;
  }

  /** The account that images are shared with. */
  get consumer(): Site {
    const { consumer } = this.props;
    if (consumer === undefined) throw new Error("the experiment needs a second account");
    return consumer;
  }

  get organizationArn(): string {
    const { organizationArn } = this.props;
    if (organizationArn === undefined) throw new Error("the experiment needs an organization");
    return organizationArn;
  }

  get now(): number {
    return this.props.clock.now();
  }

  /** Tags of everything that is created. */
  get tags(): Record<string, string> {
    const until = new Date(this.now + LIFETIME_HOURS * HOUR_MS);
    return { ...this.props.tags, [PROVE_TAG]: `${until.toISOString().slice(0, 19)}Z` };
  }

  /** Whether a tag is one of those that the factory file gives to everything. */
  isOfFactoryFile(key: string): boolean {
    return Object.hasOwn(this.props.tags, key);
  }

  get id(): string {
    return this.props.id;
  }

  /** Name of something that is created. */
  name(suffix: string): string {
    return `${PROVE_PREFIX}${this.props.id}-${suffix}`;
  }

  /** Ends experiments at the next call or pause after the signal is aborted. */
  stopAt(signal: AbortSignal): void {
    this.signal = signal;
  }

  /** Throws if the run was interrupted. */
  assertContinues(): void {
    assertContinues(this.signal);
  }

  /** Registers how something is removed. Must be called before it is created. */
  undo(what: string, command: string, run: Undo["run"]): void {
    this.undos.push({ what, command, run });
  }

  sleep(seconds: number): Promise<void> {
    return this.props.clock.sleep(seconds * 1_000, this.signal);
  }

  /**
   * Asks again and again until there is an answer. Throws {@link Inconclusive} if there is none in
   * time.
   */
  async poll<T>(
    what: string,
    minutes: number,
    look: () => Promise<T | undefined>,
    pauseSeconds = 10,
  ): Promise<T> {
    const found = await this.pollOrGiveUp(what, minutes, look, pauseSeconds);
    if (found !== undefined) return found;
    throw new Inconclusive(`waited ${minutes} minutes for this, without success: ${what}`);
  }

  /** As {@link poll}, but returns `undefined` if there is no answer in time. */
  async pollOrGiveUp<T>(
    what: string,
    minutes: number,
    look: () => Promise<T | undefined>,
    pauseSeconds = 10,
  ): Promise<T | undefined> {
    const end = this.now + minutes * MINUTE_MS;
    this.waitingFor = what;
    try {
      for (;;) {
        const found = await look();
        if (found !== undefined || this.now >= end) return found;
        await this.sleep(pauseSeconds);
      }
    } finally {
      this.waitingFor = "";
    }
  }

  /**
   * Makes a call whose rejection is an answer. Returns `accepted`, or `rejected with` the name of
   * the error. Throws the error if it is about permissions, quotas or the network, and
   * {@link Inconclusive} if AWS rejected a call only when the SDK repeated it.
   */
  async attempt(
    call: () => Promise<unknown>,
    { isDenialAnswer = false, isRead = false }: AttemptOptions = {},
  ): Promise<Attempt> {
    try {
      await call();
      return { answer: "accepted", message: "accepted" };
    } catch (error) {
      const message = describeKnownError(error);
      const { name, $metadata = {} } = error as Error & {
        readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
      };
      const { httpStatusCode: status = 0, attempts = 1 } = $metadata;
      if (message === undefined || status < 400 || status >= 500 || NO_ANSWER.test(name))
        throw error;
      if (isDenied({ name, $metadata }) && !isDenialAnswer) throw error;
      if (attempts > 1 && !isRead)
        throw new Inconclusive(
          `the first call got no answer, so this may be about what it did: ${message}`,
        );
      return { answer: `rejected with ${name}`, message };
    }
  }

  /** Returns something that several experiments use. The first call of a function creates it. */
  shared<T>(create: (lab: Lab) => Promise<T>): Promise<T> {
    const known = this.sharedParts.get(create);
    if (known) return known as Promise<T>;
    const created = this.keeping(this.sharedUndos, () => create(this));
    this.sharedParts.set(create, created);
    return created;
  }

  /** Runs an experiment, and then removes what it created. */
  async within<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: PromiseSettledResult<T>; readonly left: Leftover[] }> {
    const undos: Undo[] = [];
    const [result] = await Promise.allSettled([this.keeping(undos, work)]);
    return { result, left: await this.remove(undos) };
  }

  /** Removes what several experiments used. */
  removeShared(): Promise<Leftover[]> {
    return this.remove(this.sharedUndos);
  }

  /** Collects what is registered during some work. */
  private async keeping<T>(undos: Undo[], work: () => Promise<T>): Promise<T> {
    const outer = this.undos;
    this.undos = undos;
    try {
      return await work();
    } finally {
      this.undos = outer;
    }
  }

  /** Removes everything in the reverse order. Doesn't stop at an interruption. */
  private async remove(undos: Undo[]): Promise<Leftover[]> {
    const { signal } = this;
    this.signal = new AbortController().signal;
    const left: Leftover[] = [];
    for (const { what, command, run } of undos.splice(0).reverse()) {
      this.waitingFor = `removing ${what}`;
      const reason = await this.removeOne(run);
      if (reason !== undefined) left.push({ what, command, reason });
    }
    this.waitingFor = "";
    this.signal = signal;
    return left;
  }

  /** Returns why something couldn't be removed. */
  private async removeOne(run: Undo["run"]): Promise<string | undefined> {
    const end = this.now + CLEANUP_MINUTES * MINUTE_MS;
    for (;;)
      try {
        await run();
        return undefined;
      } catch (error) {
        const { name, message } = error as Error;
        if (GONE.test(name)) return undefined;
        const reason = describeKnownError(error) ?? `${name}: ${message}`;
        if (!TRANSIENT.test(name) || this.now >= end) return reason;
        await this.sleep(CLEANUP_PAUSE_SECONDS);
      }
  }
}

/** Options of a call whose rejection is an answer. */
export interface AttemptOptions {
  /** Whether an error about permissions is an answer too. @default false */
  readonly isDenialAnswer?: boolean;
  /** Whether it changes nothing, so that repeating it changes no answer. @default false */
  readonly isRead?: boolean;
}

/** The result of a call whose rejection is an answer. */
export interface Attempt {
  readonly answer: string;
  /** With the text of the error. */
  readonly message: string;
}
