import type { Container, Image, VersionedFactory } from "../config/model";
import type { BuildEnvironment } from "../modules/build-environment/build-environment";
import { Recorder } from "../modules/recording/recorder";
import type { AccountStack, StackOutput } from "./account-stack";
import { recorderProps } from "./props/recording";
import type { ShareArns } from "./props/sharing";

export interface AddRecorderProps {
  readonly factory: VersionedFactory;
  /** The images and containers of the Region. */
  readonly images: readonly (Image | Container)[];
  /** ARNs of the images' shares. */
  readonly shares: ShareArns;
  readonly environment: BuildEnvironment;
  /** Absolute path of the folder with the bundled recorder. */
  readonly recorderDirectory: string;
}

/**
 * Adds the recorder of a Region of the shared account if the factory records its builds.
 *
 * @returns the recorder's queue for the updater, and outputs for the stack
 */
export function addRecorder(
  stack: AccountStack,
  { factory, images, shares, environment, recorderDirectory }: AddRecorderProps,
): {
  readonly queue?: Recorder["queue"];
  readonly outputs: Readonly<Record<string, StackOutput>>;
} {
  const props = recorderProps(stack.accountRegion, images, factory, shares);
  if (!props) return { outputs: {} };
  stack.addArchiveProvider();
  const { topicArn, dataKeyArn, componentBucket, componentBucketArn } = environment;
  const { functionName, queue } = new Recorder(stack, "recorder", {
    ...props,
    codeDirectory: recorderDirectory,
    bucket: { name: componentBucket, arn: componentBucketArn },
    topicArn,
    dataKeyArn,
  });
  return {
    queue,
    outputs: {
      recorder_function: {
        description: "Name of the function that records builds",
        value: functionName,
      },
    },
  };
}
