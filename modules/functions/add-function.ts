import { DataArchiveFile } from "@cdktf/provider-archive/lib/data-archive-file";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import { AssetType, type ITerraformDependable, TerraformAsset } from "cdktf";
import type { Construct } from "constructs";

export interface FunctionProps {
  readonly name: string;
  readonly description: string;
  /** Absolute path of the folder that contains the bundled function, `index.mjs`. */
  readonly codeDirectory: string;
  readonly roleArn: string;
  /** Seconds. */
  readonly timeout: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Name of the log group. */
  readonly logGroup: string;
  /** ARN of the queue that Lambda sends events to after the last retry. */
  readonly deadLetterQueueArn: string;
  /** The policy of the role. The function can't write logs without it. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Adds a Lambda function of the factory. Lambda retries events that it can't process twice, within
 * an hour.
 */
export function addFunction(scope: Construct, props: FunctionProps): LambdaFunction {
  const { name, environment, logGroup } = props;
  const code = addCode(scope, props.codeDirectory, `${name}.zip`);
  const added = new LambdaFunction(scope, "Resource", {
    functionName: name,
    description: props.description,
    role: props.roleArn,
    runtime: "nodejs22.x",
    architectures: ["arm64"],
    handler: "index.handler",
    filename: code.outputPath,
    sourceCodeHash: code.outputBase64Sha256,
    memorySize: 256,
    timeout: props.timeout,
    environment: { variables: { ...environment } },
    loggingConfig: { logFormat: "JSON", logGroup },
    deadLetterConfig: { targetArn: props.deadLetterQueueArn },
    dependsOn: [...props.dependsOn],
  });
  new LambdaFunctionEventInvokeConfig(scope, "retries", {
    functionName: added.functionName,
    maximumRetryAttempts: 2,
    maximumEventAgeInSeconds: 3_600,
  });
  return added;
}

/**
 * Terraform zips the function from a folder within the stack's own folder. File modes are fixed,
 * because the hash would otherwise depend on the umask.
 */
function addCode(scope: Construct, directory: string, outputPath: string): DataArchiveFile {
  const asset = new TerraformAsset(scope, "code", { path: directory, type: AssetType.DIRECTORY });
  return new DataArchiveFile(scope, "zip", {
    type: "zip",
    sourceDir: asset.path,
    outputPath,
    outputFileMode: "0644",
  });
}
