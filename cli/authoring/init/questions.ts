/** The questions of `factory init`, on a terminal. */
import * as clack from "@clack/prompts";
import { ConfigError } from "../../../config/problems";
import { type Answers, type Name, PARENTS, problemOf } from "./answers";

interface Question {
  readonly message: string;
  readonly placeholder?: string;
  /** Text to edit or to accept. @default - none */
  readonly initial?: string | undefined;
}

/**
 * Asks for all answers that aren't given.
 *
 * @param suggested answers to accept or to edit
 */
export async function askFor(given: Answers, suggested: Answers): Promise<Answers> {
  const answers: { [N in Name]?: string | undefined } = { ...given };
  const ask = async (name: Name, question: Question): Promise<void> => {
    answers[name] ??= await askText(name, { initial: suggested[name], ...question });
  };
  clack.intro("New repository for golden images (Ctrl+C stops, and nothing is written)");
  await ask("organization", { message: "Organization ID", placeholder: "o-abcdefghij" });
  await ask("management-account", {
    message: "Account ID of the organization's management account",
    placeholder: "999999999999",
  });
  await ask("shared-account", {
    message: "Account ID of the shared account, which builds the golden images",
    placeholder: "111111111111",
  });
  await ask("regions", {
    message: "Regions that build golden images, separated by commas",
    placeholder: "eu-west-1,us-east-1",
    initial: process.env["AWS_REGION"],
  });
  await askForState(answers, ask);
  answers.parent ??= await askForParent();
  await ask("image", {
    message: "Name of the first golden image",
    initial: answers.parent.replace(/-(x86|arm64)$/, ""),
  });
  await ask("channel", {
    message: "Name of its channel, which shares builds with the organization",
    initial: "stable",
  });
  await askForAppAccount(answers, ask);
  await askForGitHub(answers, ask);
  return answers;
}

type Ask = (name: Name, question: Question) => Promise<void>;

async function askForState(answers: Answers, ask: Ask): Promise<void> {
  if (answers["state-bucket"] !== undefined || answers["hcp-organization"] !== undefined) return;
  const backend = await orStop(
    clack.select({
      message: "Where does Terraform keep its state?",
      options: [
        { value: "s3", label: "S3", hint: "a bucket in each account, which the factory creates" },
        { value: "cloud", label: "HCP Terraform", hint: "a workspace for each stack" },
      ],
    }),
  );
  if (backend === "cloud") await ask("hcp-organization", { message: "HCP Terraform organization" });
  else
    await ask("state-bucket", {
      message: "Name of the state buckets. {account} stands for the account ID",
      initial: "golden-images-tfstate-{account}",
    });
}

function askForParent(): Promise<string> {
  return orStop(
    clack.autocomplete({
      message: "AWS-managed image that the first golden image is built on",
      options: PARENTS.map((value) => ({ value, label: value })),
      initialValue: PARENTS[0],
      maxItems: 8,
    }),
  );
}

async function askForAppAccount(answers: Answers, ask: Ask): Promise<void> {
  const isGiven = answers["app-account"] !== undefined || answers["app-account-id"] !== undefined;
  const message = "Add an app account, which builds an image on the golden image?";
  if (!isGiven && !(await orStop(clack.confirm({ message })))) return;
  await ask("app-account", { message: "Name of the app account", placeholder: "payments" });
  await ask("app-account-id", {
    message: "Account ID of the app account",
    placeholder: "222222222222",
  });
}

/** The roles for GitHub need state in S3. */
async function askForGitHub(answers: Answers, ask: Ask): Promise<void> {
  if (answers.github !== undefined || answers["state-bucket"] === undefined) return;
  const message = "Plan and deploy with GitHub Actions?";
  if (!(await orStop(clack.confirm({ message })))) return;
  await ask("github", { message: "GitHub repository", placeholder: "acme/golden-images" });
}

function askText(name: Name, { message, placeholder, initial }: Question): Promise<string> {
  return orStop(
    clack.text({
      message,
      ...(placeholder !== undefined && { placeholder }),
      ...(initial !== undefined && { initialValue: initial }),
      validate: (text = "") => problemOf(name, text)?.message,
    }),
  );
}

/** Resolves to an answer; throws a `ConfigError` if the person stopped. */
async function orStop<T>(answer: Promise<T | typeof clack.CANCEL_SYMBOL>): Promise<T> {
  const value = await answer;
  if (clack.isCancel(value)) throw new ConfigError("stopped: nothing was written");
  return value;
}
