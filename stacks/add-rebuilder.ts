import type { Account, VersionedFactory } from "../config/model";
import type { BuildEnvironment } from "../modules/build-environment/build-environment";
import { Rebuilder } from "../modules/rebuilding/rebuilder";
import type { AccountStack, StackOutput } from "./account-stack";
import { rebuilderProps } from "./props/rebuilding";

export interface AddRebuilderProps {
  readonly factory: VersionedFactory;
  readonly account: Account;
  readonly environment: BuildEnvironment;
  /** Absolute path of the folder with the bundled rebuilder. */
  readonly rebuilderDirectory: string;
}

/**
 * Adds the rebuilder of an account and Region if an image follows its parent there. Pipelines of
 * child images are in other stacks: the rebuilder skips those that don't exist yet.
 *
 * @returns outputs for the stack
 */
export function addRebuilder(
  stack: AccountStack,
  { factory, account, environment, rebuilderDirectory }: AddRebuilderProps,
): Readonly<Record<string, StackOutput>> {
  const props = rebuilderProps(stack.accountRegion, factory, account);
  if (!props) return {};
  stack.addArchiveProvider();
  const { topicArn, dataKeyArn, componentBucket, componentBucketArn } = environment;
  const { functionName } = new Rebuilder(stack, "rebuilder", {
    ...props,
    codeDirectory: rebuilderDirectory,
    bucket: { name: componentBucket, arn: componentBucketArn },
    topicArn,
    dataKeyArn,
  });
  return {
    rebuilder_function: {
      description: "Name of the function that builds images when their parents have newer builds",
      value: functionName,
    },
  };
}
