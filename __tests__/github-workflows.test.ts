import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { MARKER } from "../cli/delivery/summary";
import { DEPLOY_ENVIRONMENT } from "../config/names";

const FOLDER = ".github/workflows";
const workflows = readdirSync(FOLDER).map(
  (file) => [file, readFileSync(`${FOLDER}/${file}`, "utf8")] as const,
);

const INSTALL_SHELLS =
  "sudo apt-get update -qq && sudo apt-get install -y -qq --no-install-recommends fish zsh";

interface Job {
  readonly uses?: string;
  readonly environment?: string;
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, string>>;
  }[];
}

function jobsOf(text: string): [string, Job][] {
  return Object.entries(parse(text).jobs);
}
const all = workflows.flatMap(([file, text]) =>
  jobsOf(text).map(([name, job]) => ({ at: `${file} ${name}`, job })),
);
function jobOf(at: string): Job {
  return all.find((one) => one.at === at)?.job ?? {};
}

test.each(workflows)("%s pins every action to a commit and names its version", (_file, text) => {
  const uses = [...text.matchAll(/uses: (.*)$/gm)].map(([, action = ""]) => action);
  const own = readdirSync(FOLDER).map((file) => `./${FOLDER}/${file}`);
  const pinned = /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
  expect(uses.filter((action) => !pinned.test(action) && !own.includes(action))).toEqual([]);
});

test("the workflows use the same commit of an action everywhere", () => {
  const pins = workflows.flatMap(([, text]) => [
    ...text.matchAll(/uses: ([\w-]+\/[\w-]+)@(.*)$/gm),
  ]);
  const commits = new Map<string, Set<string>>();
  for (const [, action = "", pin = ""] of pins)
    commits.set(action, (commits.get(action) ?? new Set()).add(pin));
  expect([...commits].filter(([, used]) => used.size > 1)).toEqual([]);
});

test("only the jobs that need it have write permissions, and no workflow uses long-lived keys", () => {
  for (const [, text] of workflows) {
    expect(parse(text).permissions).toEqual({ contents: "read" });
    expect(text).not.toMatch(/secrets\.|AWS_SECRET|AKIA/);
  }
  const writable = all.flatMap(({ at, job }) =>
    Object.entries(job.permissions ?? {}).flatMap(([permission, access]) =>
      access === "write" ? [`${at}: ${permission}`] : [],
    ),
  );
  expect(writable).toEqual([
    "deploy.yml plans: id-token",
    "deploy.yml deploy: id-token",
    "plan.yml plans: id-token",
    "plan.yml comment: pull-requests",
    "plans.yml plan: id-token",
    "release.yml release: contents",
    "release.yml release: id-token",
    "release.yml release: attestations",
  ]);
});

test("the workflows pass values from users to commands in environment variables only", () => {
  const commands = all.flatMap(({ at, job }) => (job.steps ?? []).map(({ run = "" }) => [at, run]));
  expect(commands.filter(([, run]) => run?.includes("${{"))).toEqual([]);
});

test("only one job deploys: on main, if something changes, in the environment that the deploy role trusts", () => {
  expect(all.filter(({ job }) => job.environment !== undefined).map(({ at }) => at)).toEqual([
    "deploy.yml deploy",
  ]);
  expect(jobOf("deploy.yml deploy")).toMatchObject({
    environment: DEPLOY_ENVIRONMENT,
    if: "${{ !cancelled() && needs.summary.outputs.changes == 'true' }}",
  });
  expect(jobOf("deploy.yml plans").if).toContain("github.ref == 'refs/heads/main'");
});

test("the job that releases runs no code of this repository or of a package", () => {
  const { steps = [] } = jobOf("release.yml release");
  const actions = steps.flatMap(({ uses = "" }) => (uses === "" ? [] : [uses.split("@")[0]]));
  expect(actions).toEqual(["actions/download-artifact", "actions/attest-build-provenance"]);
  const commands = steps.flatMap(({ run = "" }) => (run === "" ? [] : [run.split(" ")[0]]));
  expect(commands).toEqual(["sha256sum", "gh"]);
});

test("the job that packs validates that main has the commit, and the version, before it installs anything, and runs no install script", () => {
  const { steps = [] } = jobOf("release.yml pack");
  const commands = steps.flatMap(({ run = "" }) => (run === "" ? [] : [run.split("\n")[0]]));
  expect(commands).toEqual([
    "git merge-base --is-ancestor HEAD origin/main",
    'node tools/build/changelog-section.mjs "$GITHUB_REF_NAME" >notes.md',
    INSTALL_SHELLS,
    "npm ci --ignore-scripts --no-audit --no-fund",
    "npm run build",
    "npm run check",
    "npm run test:package",
    "npm pack --ignore-scripts",
  ]);
});

/** Whether a command runs every test. GitHub sets CI, with which Jest skips none of them. */
function runsEveryTest(command: string): boolean {
  if (command === "jest" || command === ".ci/run") return true;
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  const [, name = ""] = /^npm (?:run (?:-s )?)?(\S+)/.exec(command) ?? [];
  return scripts[name]?.split(" && ").some(runsEveryTest) ?? false;
}

test("each job that runs every test first installs Terraform, and the shells that runner images lack, and tests the package", () => {
  const jobs = all.flatMap(({ at, job: { steps = [] } }) => {
    const end = steps.findIndex(({ run = "" }) => runsEveryTest(run));
    const next = steps[end + 1]?.run;
    return end < 0 ? [] : [{ at, command: steps[end]?.run, before: steps.slice(0, end), next }];
  });
  expect(jobs.map(({ at }) => at)).toEqual([
    "ci.yml check",
    "ci.yml local-aws",
    "release.yml pack",
  ]);
  for (const { command, before, next } of jobs) {
    expect(before.map(({ uses = "" }) => uses.split("@")[0])).toContain(
      "hashicorp/setup-terraform",
    );
    // .ci/run installs the shells, and tests the package with the other end-to-end tests.
    if (command === ".ci/run") continue;
    expect(before.map(({ run }) => run)).toContain(INSTALL_SHELLS);
    expect(next).toBe("npm run test:package");
  }
});

test("the workflows use pipefail, and never cancel a plan, which locks its state", () => {
  for (const [file, text] of workflows) {
    const { defaults, concurrency } = parse(text);
    if (file !== "ci.yml") expect(defaults).toEqual({ run: { shell: "bash" } });
    if (file === "plan.yml") expect(concurrency["cancel-in-progress"]).toBe(false);
  }
});

test("plan.yml doesn't run for a fork or without a factory file", () => {
  expect(jobOf("plan.yml plans").if).toBe(
    "vars.FACTORY_CONFIG != '' && github.event.pull_request.head.repo.full_name == github.repository",
  );
});

test("the workflows hand the command and the folder of each stack, without providers, to the deploy job", () => {
  const steps = (jobOf("plans.yml plan").steps ?? []).map(({ run = "" }) => run);
  expect(steps.find((run) => run.includes("plan.tgz"))).toContain(
    "xargs tar --exclude=.terraform -czf plan.tgz -C cdktf.out plans\n",
  );
  const synthesized = (jobOf("plans.yml synth").steps ?? []).map(({ run = "" }) => run);
  expect(synthesized).toContain("tar -czf synthesized.tgz cdktf.out dist/factory.js dist/factory");
  const unpacked = (jobOf("deploy.yml deploy").steps ?? []).map(({ run = "" }) => run).join("\n");
  expect(unpacked).toContain(
    'for plan in artifacts/plan-*/plan.tgz; do tar -xzf "$plan" -C cdktf.out; done\nexec node dist/factory.js apply --saved --keep-going --yes',
  );
});

describe("the comment of plan.yml", () => {
  const folder = mkdtempSync(join(tmpdir(), "comment-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const post = (jobOf("plan.yml comment").steps ?? []).at(-1)?.run ?? "";

  /** Runs the step against a fake GitHub that finds the comments `ids`; returns its calls. */
  const callsOf = (ids: readonly number[]): string[] => {
    const calls = join(folder, `calls-${ids.length}`);
    const gh = `#!/bin/bash\necho "$*" >>"${calls}"\nif [[ $* == *--jq* ]]; then printf '%s\\n' ${ids.join(" ")}; fi\n`;
    writeFileSync(join(folder, "gh"), gh, { mode: 0o755 });
    writeFileSync(join(folder, "comment.md"), `${MARKER}\n## Plan\n`);
    const env = {
      PATH: `${folder}:${process.env["PATH"]}`,
      GITHUB_REPOSITORY: "acme/images",
      PULL_REQUEST: "7",
    };
    execFileSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", post], {
      cwd: folder,
      env,
    });
    return readFileSync(calls, "utf8").trim().split("\n");
  };

  test("is created if github-actions[bot] wrote no comment that starts with its marker", () => {
    expect(callsOf([])).toEqual([
      `api --paginate repos/acme/images/issues/7/comments --jq .[] | select(.user.login == "github-actions[bot]" and (.body | startswith("${MARKER}"))) | .id`,
      "api repos/acme/images/issues/7/comments -F body=@comment.md",
    ]);
  });

  test("is updated if github-actions[bot] wrote a comment that starts with its marker", () => {
    expect(callsOf([41, 42])[1]).toBe(
      "api -X PATCH repos/acme/images/issues/comments/41 -F body=@comment.md",
    );
  });
});

test.each(workflows)("%s runs only scripts and commands that exist", (_file, text) => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  const commands = [...text.matchAll(/npm run (?:-s )?(\S+)/g)].map(([, name = ""]) => name);
  expect(commands.filter((name) => !(name in scripts))).toEqual([]);
  const programs = [...text.matchAll(/dist\/([\w-]+)\.js/g)].map(([, name = ""]) => name);
  expect(programs.filter((name) => name !== "factory")).toEqual([]);
  const subcommands = [
    ...text.matchAll(/(?:node dist\/factory\.js|npm run -s stacks --)((?: [a-z][a-z-]*)+)/g),
  ];
  const definitions = readFileSync("cli/delivery/commands.ts", "utf8");
  const unknown = subcommands
    .flatMap(([, names = ""]) => names.trim().split(" "))
    .filter((name) => !definitions.includes(`name: "${name}"`));
  expect(unknown).toEqual([]);
});

/** Replacements for a team's repository, where the factory is an installed package. */
const REPLACED: readonly [string, string][] = [
  ["npm ci --no-audit", "npm ci --ignore-scripts --no-audit"],
  ["npm run synth", "npx --no factory synth"],
  ["npm run -s stacks -- matrix", "npx --no factory stacks matrix"],
  ["dist/factory", "node_modules/golden-image-factory/dist/factory"],
  ["docs/guides/", "node_modules/golden-image-factory/docs/guides/"],
];

describe("the GitHub workflows of a repository that `factory init` writes", () => {
  const TEMPLATES = "templates/workflows";
  const template = (file: string): string => readFileSync(`${TEMPLATES}/${file}`, "utf8");

  test.each(["deploy.yml", "plan.yml", "plans.yml"])(
    "%s is that of this repository with the installed command",
    (file) => {
      const own = readFileSync(`${FOLDER}/${file}`, "utf8");
      const expected = REPLACED.reduce((text, [from, to]) => text.replaceAll(from, to), own);
      expect(template(file)).toBe(expected);
    },
  );

  test("check.yml pins the same actions, installs without scripts, and has only read permissions", () => {
    expect(readdirSync(TEMPLATES).sort()).toEqual([
      "catalogue.yml",
      "check.yml",
      "deploy.yml",
      "plan.yml",
      "plans.yml",
    ]);
    const uses = (text: string) => [...text.matchAll(/uses: (.*)$/gm)].map(([, action]) => action);
    const known = workflows.flatMap(([, text]) => uses(text));
    expect(uses(template("check.yml")).filter((action) => !known.includes(action))).toEqual([]);
    const { permissions, jobs } = parse(template("check.yml"));
    expect(permissions).toEqual({ contents: "read" });
    // The factory file of plans.yml, also before the variable exists.
    expect(jobs.check.env).toEqual({
      FACTORY_CONFIG: "${{ vars.FACTORY_CONFIG || 'factory.yaml' }}",
    });
    const commands = jobs.check.steps.flatMap(({ run }: { run?: string }) => run ?? []);
    expect(commands).toEqual([
      "npm ci --ignore-scripts --no-audit --no-fund",
      "npx --no factory check",
      "npx --no factory versions --check --base HEAD^1",
      "npx --no factory synth",
    ]);
  });

  test("catalogue.yml runs only on the default branch with a role, installs without scripts before it gets credentials, and publishes what was written", () => {
    const text = template("catalogue.yml");
    const uses = (one: string) => [...one.matchAll(/uses: (.*)$/gm)].map(([, action]) => action);
    const known = workflows.flatMap(([, one]) => uses(one));
    expect(uses(text).filter((action) => !known.includes(action))).toEqual([]);
    expect(text).not.toMatch(/secrets\.|AWS_SECRET_ACCESS_KEY:|AKIA/);
    const { permissions, jobs } = parse(text);
    expect(permissions).toEqual({ contents: "read" });
    const { if: condition, permissions: own, steps } = jobs.catalogue as Job;
    expect(condition).toBe(
      "vars.CATALOGUE_ROLE != '' && github.ref_name == github.event.repository.default_branch",
    );
    expect(own).toEqual({ contents: "read", "id-token": "write" });
    const commands = (steps ?? []).flatMap(({ run = "" }) => (run === "" ? [] : [run]));
    expect(commands.map((run) => run.split("\n")[0])).toEqual([
      "npm ci --ignore-scripts --no-audit --no-fund",
      'credentials=$(curl -fsS -H "authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\',
      "npx --no factory catalogue --out catalogue $OPTIONS",
      'aws s3 cp catalogue "s3://$BUCKET" --recursive --only-show-errors',
    ]);
    expect(commands.filter((run) => run.includes("${{"))).toEqual([]);
  });

  describe("catalogue.yml exchanges the token of the job once for credentials", () => {
    const { steps } = parse(template("catalogue.yml")).jobs.catalogue as Job;
    const script = steps?.find(({ run = "" }) => run.startsWith("credentials="))?.run ?? "";

    /** Runs the step with programs that replace curl and aws. */
    function exchange(aws: string) {
      const folder = mkdtempSync(join(tmpdir(), "workflow-"));
      try {
        const programs = { curl: `echo '{"value":"TOKEN"}'`, aws };
        for (const [name, body] of Object.entries(programs))
          writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
        const file = join(folder, "env");
        writeFileSync(file, "");
        // As GitHub runs `shell: bash`.
        const { status, stdout } = spawnSync("bash", ["-eo", "pipefail", "-c", script], {
          encoding: "utf8",
          env: {
            PATH: `${folder}:${process.env["PATH"]}`,
            ROLE: "arn:aws:iam::111111111111:role/catalogue",
            ACTIONS_ID_TOKEN_REQUEST_TOKEN: "x",
            ACTIONS_ID_TOKEN_REQUEST_URL: "https://token?x",
            GITHUB_ENV: file,
          },
        });
        return { status, stdout, variables: readFileSync(file, "utf8") };
      } finally {
        rmSync(folder, { recursive: true });
      }
    }

    test("and hides them in the log", () => {
      const answer = { AccessKeyId: "KEY", SecretAccessKey: "SE/CR+ET=", SessionToken: "SESSION" };
      expect(
        exchange(
          `[[ $(cat) == TOKEN && "$*" == *"--role-arn $ROLE "* ]] && echo '${JSON.stringify(answer)}'`,
        ),
      ).toEqual({
        status: 0,
        stdout: "::add-mask::KEY\n::add-mask::SE/CR+ET=\n::add-mask::SESSION\n",
        variables:
          "AWS_ACCESS_KEY_ID=KEY\nAWS_SECRET_ACCESS_KEY=SE/CR+ET=\nAWS_SESSION_TOKEN=SESSION\n",
      });
    });

    test("and fails if AWS refuses", () => {
      const { status, variables } = exchange("cat >/dev/null; exit 254");
      expect([status, variables]).toEqual([254, ""]);
    });
  });
});
