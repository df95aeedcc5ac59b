/**
 * The form of an experiment of `factory prove --assumptions`.
 *
 * docs/explanation/local-aws.md lists what the project assumes about AWS without a document of AWS.
 * An experiment settles one of these assumptions: it asks AWS a question by calls, and compares the
 * answer with the one that is assumed. The same experiments run on the local AWS, where they must
 * find exactly the assumed answers. So an emulator that behaves in another way than the page states
 * fails a test, and so does an experiment that can't distinguish the answers.
 *
 * - An answer is a short text, such as `rejected with MalformedArnException`. Only its text is
 *   compared. Figures and IDs belong to the evidence.
 * - An experiment that can't find out throws `Inconclusive`: a missing permission, a quota, a
 *   build that fails for another reason. An error of AWS is an answer only if the experiment
 *   expected one there (`Lab.attempt`).
 * - Everything that is created is named `golden-image-factory-prove-ID-…`, where the ID is random,
 *   and has the tag of `factory prove` with the time after which it may be removed.
 * - `Lab.undo` registers how something is removed _before_ it is created, so that a call without an
 *   answer leaves nothing behind. What an experiment registered is removed after it, in the reverse
 *   order, also after a signal. After a kill, `factory doctor` finds what costs something:
 *   instances, builds and AMIs, and also shares, pipelines and recipes. The guide shows how to find
 *   the rest.
 * - Two builds, which take most of the time and cost, are shared by all experiments that need them
 *   (`goldenBuilds`), and removed at the end. Experiments that change them come last.
 * - Builds that only need to be started are cancelled at once.
 */
import type { Lab } from "./lab";

/** Needs of an experiment in addition to an account. */
export const NEEDS = {
  consumer: "a second account of the organization, which --account names",
  builds: "two builds of an image",
  child: "a build that is based on that image, and is cancelled",
  copy: "a second Region of the shared account in the factory file",
} as const;

export type Need = keyof typeof NEEDS;

/** Answer of AWS to the question of an experiment. */
export interface Answer {
  /** Compared with the assumed answer. Lower case, without a full stop. */
  readonly answer: string;
  /** Calls and their results, IDs and times. A line each. */
  readonly evidence: readonly string[];
}

export interface Experiment {
  /** Appears in the output and on the page of assumptions. */
  readonly id: string;
  /** Question to AWS. */
  readonly question: string;
  /** The answer that the project relies on, and that the local AWS gives. */
  readonly assumed: string;
  /** Consequence for a factory if AWS answers differently. As on the page of assumptions. */
  readonly ifWrong: string;
  readonly needs: readonly Need[];
  /** Usual time, without that of what several experiments share, in minutes. */
  readonly minutes: number;
  /** Approximate cost, without that of what several experiments share, in USD. @default 0 */
  readonly usd?: number;
  /** Throws `Inconclusive` if it can't find out. */
  readonly run: (lab: Lab) => Promise<Answer>;
}
