/**
 * The life of a factory on a local AWS, with the real Terraform: from the first state bucket to the
 * last destroy.
 */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { planSummary } from "../../cli/delivery/summary";
import { CHECKS } from "../../cli/proof/checks";
import { DEPLOY_ROLE_NAME, PLAN_ROLE_NAME } from "../../config/names";
import { keyIdOf } from "../../contract/dsse";
import { approvalTag, ORPHANED_TAG, PARENT_TAG, REVOKED_TAG } from "../../contract/tags";
import { CLIENT_CONFIG } from "../../lambda/common/client";
import { DOCUMENT } from "../../tools/fixtures/factory-file";
import { ResolvedStacks } from "../../tools/iam/resolved-stacks";
import { Fault } from "../../tools/local-aws/protocol/rest-json";
import { DoctorAccounts } from "./doctor-accounts";
import { DOCTOR_FAULTS } from "./doctor-faults";
import {
  destroyEverything,
  expectBuildsAndComponentsRemain,
  expectNoResources,
  expectProtected,
} from "./expect-destroyed";
import { expectChildFollows, expectChildRevoked, expectTriesAndAlarm } from "./expect-followed";
import { expectNewVersionPlan } from "./expect-new-version";
import {
  expectContainerVerified,
  expectFailureNote,
  expectMark,
  expectMarked,
  expectReplacedContainer,
  Inbox,
  launchCopy,
  messageOf,
  recordAndRead,
} from "./expect-recorded";
import { expectOnlyFirstBuild, expectRevokedInstances } from "./expect-revoked";
import { actionsOf, kindsOf, runAll, Scenario, type SuccessfulDelivery } from "./scenario";
import {
  ACCOUNTS,
  APPS,
  appAccount,
  BILLING,
  COPY_REGION,
  goldenArn,
  ORDERS,
  OTHER_REGION,
  OUTSIDER,
  PAYMENTS,
  REGION,
  SHARED,
} from "./scenario-factory";
import { isAllowed, requestsOfTerraform } from "./terraform-requests";

/**
 * Ends a step that hangs, in milliseconds. On an idle machine the longest step takes 90 seconds, on
 * a busy one more than six minutes.
 */
const STEP_TIMEOUT_MS = 45 * 60_000;

describe("a factory on a local AWS", () => {
  let scenario: Scenario;
  let failedStep: string | undefined = "the start";
  let inbox: Inbox;

  beforeAll(async () => {
    scenario = await Scenario.start();
    failedStep = undefined;
  });

  afterAll(() => scenario?.stop(failedStep !== undefined));

  async function timeout(): Promise<never> {
    await delay(STEP_TIMEOUT_MS, undefined, { ref: false });
    throw new Error(`the step took more than ${STEP_TIMEOUT_MS / 60_000} minutes`);
  }

  /** Steps depend on each other: after a failure the rest is skipped with an error. */
  function step(name: string, run: () => Promise<void>): void {
    test(name, async () => {
      if (failedStep !== undefined)
        throw Object.assign(new Error(`not run, because '${failedStep}' failed`), { stack: "" });
      const start = Date.now();
      try {
        await Promise.race([run(), timeout()]);
      } catch (error) {
        failedStep = name;
        await scenario.deployment.keep();
        throw error;
      } finally {
        const seconds = ((Date.now() - start) / 1_000).toFixed(1).padStart(5);
        const result = failedStep === undefined ? "done" : "FAILED";
        process.stderr.write(`  ${result} ${seconds} s  ${name}\n`);
      }
    });
  }

  step("1. state stacks are deployed with local state, which then moves into their buckets", () =>
    scenario.createStateBuckets(["shared", "payments", "orders"]),
  );

  step("2. the workflows' commands plan and deploy the shared account", async () => {
    scenario.startInBackground("other Region", () => scenario.deploy("shared-us-west-2"));
    scenario.startInBackground("payments without parents", () =>
      scenario.expectRejectedParent("payments-eu-west-1"),
    );
    scenario.startInBackground("orders without parents", () =>
      scenario.expectRejectedParent("orders-eu-west-1"),
    );
    const job = await scenario.deployment.githubJob(["shared-eu-west-1", "shared-us-east-1"]);
    try {
      await job.run("plan", "shared-eu-west-1", "shared-us-east-1", "--allow-changes");
      expect(await job.summary()).toMatch(/\| shared-eu-west-1 \| \d+ \| {2}\| {2}\| {2}\|/);
      expect(await job.run("stacks", "changes")).toBe("true\n");
      expect(await job.run("apply", "--saved", "--yes")).toMatch(
        /^shared-us-east-1 +applied\nshared-us-west-2 +not planned\nshared-eu-west-1 +applied\n(.*\n)*payments-eu-west-1 +not planned$/m,
      );
    } finally {
      job.stop();
    }
    const outputs = await (await scenario.stack("shared-eu-west-1")).outputs();
    Object.assign(scenario.pipelines, outputs["pipeline_arns"]);
    const shares = outputs["share_arns"] as Record<string, string>;
    expect(Object.keys(shares)).toEqual([
      "base/canary",
      "base/stable",
      "runtime/partners",
      "web/partners",
    ]);
    expect((await (await scenario.account(SHARED)).shares()).sort()).toEqual(
      Object.values(shares).sort(),
    );
    expect(imagesOf(await scenario.deliver())).toEqual(["base", "runtime", "web"]);
    inbox = await Inbox.subscribe(scenario);
  });

  step("3. a second plan of a deployed stack is empty", async () => {
    expect(actionsOf(await scenario.plan("shared-eu-west-1"))).toEqual([]);
  });

  /** The images that the messages of a run over all images name. */
  function imagesOf(deliveries: readonly SuccessfulDelivery[]): string[] {
    return deliveries
      .map(({ message }) => message)
      .filter(({ image, build }) => image !== undefined && build === undefined)
      .map(({ image }) => image)
      .sort();
  }

  /**
   * The deliveries of Image Builder's messages. Others can arrive at any time: a minute after a
   * command has changed a build, the updater looks at it again.
   */
  function endedBuilds(deliveries: readonly SuccessfulDelivery[]): SuccessfulDelivery[] {
    return deliveries.filter(({ message }) => message.state !== undefined);
  }

  let firstEvent: object;

  step(
    "4. the updater shares the first golden image, and only then its child image can be deployed",
    async () => {
      await scenario.expectRejectedParent("shared-eu-west-1-web");

      const base = await scenario.build(SHARED, "base");
      const deliveries = await scenario.deliver();
      expect(deliveries).toHaveLength(1);
      const [{ event, shares }] = deliveries as [SuccessfulDelivery];
      firstEvent = event;
      const associated = shares.map(({ channel, associated: arns }) => [channel, arns]);
      expect(Object.fromEntries(associated)).toEqual({ canary: [base], stable: [] });
      expect(await scenario.resolve(PAYMENTS)).toEqual([base, true]);
      expect(await scenario.resolve(ORDERS)).toBeUndefined();
      expect(await scenario.resolve(OUTSIDER)).toBeUndefined();
      expect(await scenario.canLaunch(ORDERS, scenario.amiOf(base))).toBe(false);
      // The copy has the same launch permission.
      const copy = scenario.amiOf(base, COPY_REGION);
      expect(
        [PAYMENTS, ORDERS, OUTSIDER].map((id) =>
          scenario.local.amis.canLaunch(id, COPY_REGION, copy),
        ),
      ).toEqual([true, false, false]);
      const notes = await recordAndRead(scenario, inbox);
      expect(messageOf(notes, "canary of base now shares 1.0.0/1")).toMatch(
        /^The channel canary of base in eu-west-1 now shares 1\.0\.0\/1\.\nIt shared no build before\.\n/,
      );
      expectMarked(scenario, base);

      await scenario.deploy("shared-eu-west-1-web");
      const web = await scenario.build(SHARED, "web");
      expect(scenario.local.builds.parentOf(web)).toBe(base);
      expectMark(scenario, base, scenario.amiOf(web));
      await scenario.deliver();
      const subjects = (await recordAndRead(scenario, inbox)).map(({ Subject }) => Subject);
      expect(subjects).toEqual(["partners of web now shares 1.0.0/1"]);
      expectMark(scenario, web, scenario.amiOf(web));
      expect(await scenario.resolve(PAYMENTS, goldenArn("web"))).toEqual([web, true]);
      expect(await scenario.resolve(ORDERS, goldenArn("web"))).toBeUndefined();
    },
  );

  step(
    "5. a container waits for an approval before it is pushed, and is shared with its channel's audience only",
    async () => {
      const runtime = await scenario.build(SHARED, "runtime");
      const [shared, payments, orders] = [
        await scenario.account(SHARED),
        await scenario.account(PAYMENTS),
        await scenario.account(ORDERS),
      ];
      expect(await shared.resolve(runtime)).toMatchObject({ status: "TESTING" });
      const output = await scenario.runDocumented("A build waits for an answer", {
        "amazon-linux-2023 1.0.3/1": "runtime 1.0.0/1",
        "--reason CHG-1234": "--reason CHG-3 --yes",
      });
      expect(output).toMatch(/^eu-west-1 {2}runtime {2}1\.0\.0\/1 {2}Approve /m);
      expect(output).toContain("runtime 1.0.0/1 is resumed: CHG-3");
      await scenario.local.runs.idle();
      await scenario.deliver();
      expect((await payments.resolve(goldenArn("runtime")))?.arn).toBe(runtime);
      expect(await orders.resolve(goldenArn("runtime"))).toBeUndefined();
      expect(await scenario.canPull(PAYMENTS, "runtime")).toBe(true);
      expect(await scenario.canPull(ORDERS, "runtime")).toBe(false);
      expect(await scenario.canPull(OUTSIDER, "runtime")).toBe(false);
    },
  );

  step(
    "6. app accounts build on images that are shared with them, and are rejected before",
    async () => {
      await scenario.finished("payments without parents");
      await scenario.finished("orders without parents");
      const base = scenario.firstBuild("base");
      // base is now shared with payments, and not with orders.
      await runAll([
        () => scenario.deploy("payments-eu-west-1"),
        () => scenario.expectRejectedParent("orders-eu-west-1"),
      ]);
      const { builds } = scenario.local;
      expect(builds.parentOf(await scenario.build(PAYMENTS, "payments-web"))).toBe(base);
      expect(builds.parentOf(await scenario.build(PAYMENTS, "payments-api"))).toBe(
        scenario.firstBuild("runtime"),
      );

      await (await scenario.account(SHARED)).tag(base, approvalTag("stable"), "CHG-1");
      await scenario.update({ image: "base" });
      expect(await scenario.resolve(ORDERS)).toEqual([base, true]);
      await scenario.deploy("orders-eu-west-1");
      expect(builds.parentOf(await scenario.build(ORDERS, "orders-api"))).toBe(base);
      await runAll(
        ["payments-eu-west-1", "orders-eu-west-1"].map(
          (id) => async () => expect(actionsOf(await scenario.plan(id))).toEqual([]),
        ),
      );
      expect(endedBuilds(await scenario.deliver())).toEqual([]);
    },
  );

  step(
    "7. factory doctor passes, finds a fault of each check, and its commands fix them",
    async () => {
      await scenario.finished("other Region");
      const accounts = await DoctorAccounts.prepare(scenario);
      const healthy = await accounts.diagnose();
      expect(healthy).toEqual({ exitCode: 0, passed: expect.anything(), problems: [] });
      const checks = CHECKS.map(({ id }) => id);
      expect(checks.filter((id) => !healthy.passed.includes(id))).toEqual([]);
      expect(DOCTOR_FAULTS.map(({ check }) => check)).toEqual(checks);

      await Promise.all(DOCTOR_FAULTS.map(({ seed }) => seed(accounts)));
      const { exitCode, problems } = await accounts.diagnose();
      const found = problems.map(({ check, text }) => `${check}: ${text}`);
      const expected = DOCTOR_FAULTS.flatMap(({ check, finds }) =>
        finds.map((text) => `${check}: ${text}`),
      );
      expect([exitCode, found.sort()]).toEqual([2, expected.sort()]);

      const repairs = DOCTOR_FAULTS.map(({ check, repair }) => async (): Promise<unknown> => {
        const commands = problems.filter((one) => one.check === check);
        return repair ? repair(accounts) : Promise.all(commands.map((one) => accounts.run(one)));
      });
      await runAll(repairs);
      expect(await accounts.diagnose()).toEqual(healthy);
      await accounts.end();
    },
  );

  step(
    "8. an additional app account only adds resources, and can launch the shared builds at once",
    async () => {
      expect(await scenario.resolve(BILLING)).toEqual([scenario.firstBuild("base"), true]);
      scenario.file.appAccounts.billing = appAccount(BILLING, "billing-web", "web");
      scenario.file.images.web.share.channels.partners.principals.accounts.push(BILLING);
      await scenario.createStateBuckets(["billing"]);
      const shared = await scenario.stack("shared-eu-west-1");
      const changes = await shared.plan();
      expect(actionsOf(changes)).toEqual([
        "create aws_ram_principal_association",
        "create+delete aws_s3_object",
        "delete+create aws_lambda_invocation",
        "update aws_lambda_function",
      ]);
      expect(planSummary([{ stack: "shared-eu-west-1", changes }])).toContain(
        `: ${BILLING} gets access to the shared builds`,
      );
      await shared.apply();
      expect(imagesOf(await scenario.deliver())).toEqual(["base", "runtime", "web"]);
      const web = scenario.firstBuild("web");
      expect(await scenario.resolve(BILLING, goldenArn("web"))).toEqual([web, true]);
      expect(kindsOf(await scenario.plan("billing-eu-west-1"))).toEqual(["create"]);
      scenario.startInBackground("billing", () => scenario.deploy("billing-eu-west-1"));
    },
  );

  let second: string;
  let lateEvents: object[];

  /** The new build has another package, and another version of one. */
  async function expectReleaseNotes(): Promise<void> {
    const notes = await recordAndRead(scenario, inbox);
    expect(notes.map(({ Subject }) => Subject).sort()).toEqual([
      "canary of base now shares 1.0.0/2",
      "partners of runtime now shares 1.0.0/1",
      "stable of base now shares 1.0.0/1",
    ]);
    expect(messageOf(notes, "stable of base now shares 1.0.0/1")).toContain("\nApproved: CHG-1\n");
    expect(messageOf(notes, "canary of base now shares 1.0.0/2").split("\n")).toEqual(
      expect.arrayContaining([
        "Its newest build was 1.0.0/1.",
        "Recipe: 1.0.0, as before",
        "Packages: 1 up, 1 new",
        "  openssl 3.2.2 -> 3.2.3",
        "  zlib 1.3",
      ]),
    );
  }

  let appBuild: string;

  step("9. a new build reaches the accounts of its channel, and no other account", async () => {
    scenario.local.runs.setPackages("base", [
      { packageName: "openssl", packageVersion: "3.2.3" },
      { packageName: "zlib", packageVersion: "1.3" },
    ]);
    // The command looks again after 15 seconds.
    const output = await scenario.runDocumented("A build failed", { "amazon-linux-2023": "base" });
    expect(output).toMatch(
      /^eu-west-1: base 1\.0\.0\/2 is being built\n(.*\n)+eu-west-1: base 1\.0\.0\/2 is AVAILABLE\n$/,
    );
    const first = scenario.firstBuild("base");
    second = first.replace(/1$/, "2");
    scenario.builds.push(second);
    await scenario.local.runs.idle();
    lateEvents = endedBuilds(await scenario.deliver()).map(({ event }) => event);
    expect(lateEvents).toHaveLength(1);
    expect(await scenario.resolve(PAYMENTS)).toEqual([second, true]);
    expect(await scenario.resolve(ORDERS)).toEqual([first, true]);
    await expectReleaseNotes();
    expectMarked(scenario, second);
    appBuild = await scenario.build(PAYMENTS, "payments-web");
    expect(scenario.local.builds.parentOf(appBuild)).toBe(second);
    expectMark(scenario, second, scenario.amiOf(appBuild));
  });

  step("10. late, repeated and forged events change nothing", async () => {
    // Its deployment writes to shares, too.
    await scenario.finished("other Region");
    const arn = `${goldenArn("base").replace("x.x.x", "9.9.9")}/1`;
    const forged = { arn, state: { status: "AVAILABLE" } };
    const messages = [JSON.stringify(forged), JSON.stringify({ ...forged, arn: 7 }), "no JSON"];
    const forgedRecords = messages.map((body) => ({ eventSource: "aws:sqs", body }));
    const recordsOf = (event: object): object[] => (event as { Records: object[] }).Records;
    const writes = scenario.countShareWrites();
    await scenario.update({
      Records: [...forgedRecords, ...lateEvents.flatMap(recordsOf), ...recordsOf(firstEvent)],
    });
    await scenario.update(firstEvent);
    await scenario.update(lateEvents[0]);
    expect(scenario.countShareWrites()).toBe(writes);
    expect(await scenario.resolve(PAYMENTS)).toEqual([second, true]);
    expect(await scenario.resolve(ORDERS)).toEqual([scenario.firstBuild("base"), true]);
  });

  step(
    "11. an approval shares a build with the channel; a revocation returns every account to the build before, and its instances are found",
    async () => {
      const approval = await scenario.runDocumented("Approve a build", {
        "amazon-linux-2023 1.0.3/1": "base 1.0.0/2",
        "--reason CHG-1234": "--reason CHG-2 --yes",
      });
      expect(approval).toContain("stable: x.x.x resolves to 1.0.0/2 (shared: 1.0.0/2 1.0.0/1)");
      expect(await scenario.resolve(ORDERS)).toEqual([second, true]);
      const shared = await scenario.runDocumented("Check the shared builds", {
        "amazon-linux-2023": "base",
        "222222222222": ORDERS,
      });
      expect(shared).toMatch(
        /^eu-west-1 +1\.0\.0\/2 +AVAILABLE +\d+ h +amazon-linux-2023-x86 \S+ +ami-\S+ ami-\S+ \(us-east-1\) +(canary stable|stable canary) +stable \(CHG-2\) +-$/m,
      );
      expect(shared).toMatch(
        /^ {2}stable: gets 1\.0\.0\/2, if the account is in the organization o-abcdefghij$/m,
      );
      expect(shared).toContain("stable: x.x.x resolves to 1.0.0/2 (shared: 1.0.0/2 1.0.0/1)");
      expect(await scenario.factoryCommand("status")).toMatch(
        /^eu-west-1 +base +stable +o-abcdefghij +1\.0\.0\/2 1\.0\.0\/1 +1\.0\.0\/2 1\.0\.0\/1 /m,
      );

      const ami = scenario.amiOf(second);
      expect(await scenario.canLaunch(OUTSIDER, ami)).toBe(false);
      expect(await scenario.resolve(OUTSIDER)).toBeUndefined();
      const notes = await recordAndRead(scenario, inbox);
      expect(messageOf(notes, "stable of base now shares 1.0.0/2")).toContain(
        "\nApproved: CHG-2\n",
      );
      const instance = await (await scenario.account(PAYMENTS)).launch(ami);
      const instanceOfCopy = await launchCopy(scenario, appBuild);
      await (await scenario.account(SHARED)).tag(second, REVOKED_TAG, "INC-7");
      const summaries = await scenario.update({ image: "base" });
      expect(summaries.map(({ disassociated }) => disassociated)).toEqual([[second], [second]]);
      await expectOnlyFirstBuild(scenario, ami);
      const revocation = await scenario.runDocumented("Withdraw a bad build", {
        "amazon-linux-2023 1.0.3/1": "base 1.0.0/2",
        "--reason INC-5678": "--reason INC-7 --yes",
      });
      expect(revocation).toContain("Image Builder is disabling the build and its AMIs");
      await expectOnlyFirstBuild(scenario, ami);
      expect(revocation).toContain("2 instances still run the build: replace them\n");
      await expectRevokedInstances(scenario, instance, instanceOfCopy);
      // The marks of a revoked build stay, so that its instances are found.
      expectMarked(scenario, second);
      const api = await scenario.build(ORDERS, "orders-api");
      expect(scenario.local.builds.parentOf(api)).toBe(scenario.firstBuild("base"));
      const writes = scenario.countShareWrites();
      await scenario.runSchedule({ full: true });
      expect(scenario.countShareWrites()).toBe(writes);
    },
  );

  step(
    "12. an edited component gets a new version, which Terraform applies in an order that Image Builder accepts",
    async () => {
      scenario.documents["agent.yaml"] = `${DOCUMENT}# changed\n`;
      await scenario.synth();
      const { calls } = scenario.local.emulator;
      const before = calls.length;
      await expectNewVersionPlan(scenario);
      // Another account is deployed at the same time.
      const writes = calls
        .slice(before)
        .filter(({ account }) => account === SHARED)
        .map(({ operation }) => operation)
        .filter((operation) => /^(Create|Update|Delete)/.test(operation));
      expect(writes.slice(0, 2)).toEqual(["CreateComponent", "CreateImageRecipe"]);
      expect(writes.slice(2).sort()).toEqual([
        "DeleteImageRecipe",
        "UpdateImagePipeline",
        "UpdateLifecyclePolicy",
      ]);
      expect(writes.indexOf("DeleteImageRecipe")).toBeGreaterThan(
        writes.indexOf("UpdateImagePipeline"),
      );
      expect(actionsOf(await scenario.plan("shared-eu-west-1"))).toEqual([]);
      // The old version remains, because a recipe elsewhere may use it.
      const component = `arn:aws:imagebuilder:${REGION}:${SHARED}:component/agent`;
      const versions = scenario.local.imageBuilder
        .arns("component")
        .filter((arn) => arn.startsWith(component));
      expect(versions).toEqual([`${component}/1.0.0/1`, `${component}/1.0.1/1`]);

      const third = await scenario.build(SHARED, "base");
      expect(third).toMatch(/image\/base\/1\.0\.1\/1$/);
      await scenario.deliver();
      expect(await scenario.resolve(PAYMENTS)).toEqual([third, true]);
    },
  );

  step(
    "13. another Region has its own key, shares and updater, and its builds are visible in no other Region",
    async () => {
      const arn = goldenArn("edge", OTHER_REGION);
      const edge = await scenario.build(SHARED, "edge", OTHER_REGION);
      // The messages of the deployment and of the build.
      const deliveries = await scenario.deliver(OTHER_REGION);
      expect(deliveries.map(({ message }) => message)).toMatchObject([
        { image: "edge" },
        { arn: edge, state: { status: "AVAILABLE" } },
      ]);
      expect(deliveries.at(-1)?.shares).toMatchObject([{ channel: "partners", shared: [edge] }]);
      expect(await scenario.resolve(PAYMENTS, arn)).toEqual([edge, true]);
      expect(await scenario.resolve(ORDERS, arn)).toBeUndefined();
      expect(await scenario.resolve(PAYMENTS, goldenArn("edge"))).toBeUndefined();
      expect(imagesOf(await scenario.runSchedule())).toEqual(["base", "runtime", "web"]);
      const key = await scenario.accessKeyOf(SHARED);
      // The image key, the data key and the key that signs evidence.
      expect(await scenario.moto.keyStates(key, OTHER_REGION)).toEqual(Array(3).fill("Enabled"));
    },
  );

  /** Builds that fail, and so have no AMI. */
  const failedBuilds: string[] = [];

  step(
    "14. images follow the newest build of their parent that their account sees; a failing build is repeated three times, and then an alarm is raised",
    async () => {
      const { builds, runs } = scenario.local;
      const first = scenario.firstBuild("base");
      const newest = scenario.builds.findLast((arn) => arn.includes(":image/base/")) ?? "";
      expect((await scenario.rebuild("orders")).started).toEqual([]);
      await (await scenario.account(SHARED)).tag(newest, approvalTag("stable"), "CHG-4");
      await scenario.update({ image: "base" });
      await expectChildFollows(scenario, newest);
      for (const app of ["payments", "orders"]) {
        const { started } = await scenario.rebuild(app);
        expect(started).toEqual([[expect.stringContaining(`:image/${app}-`), newest]]);
        const [build = ""] = started[0] ?? [];
        expect(builds.parentOf(build)).toBe(newest);
        expect(builds.tagsOf(build)).toEqual({ [PARENT_TAG]: newest });
        expect((await scenario.rebuild(app)).started).toEqual([]);
      }

      runs.setFailing("payments-web", true);
      await (await scenario.account(SHARED)).tag(newest, REVOKED_TAG, "INC-9");
      await scenario.update({ image: "base" });
      await expectChildRevoked(scenario);
      for (const app of ["payments", "orders"]) {
        const { started } = await scenario.rebuild(app);
        expect(started).toEqual([[expect.anything(), first]]);
        if (app === "payments") failedBuilds.push(...started.map(([build]) => build));
      }
      expect((await scenario.rebuild("orders")).metrics).toMatchObject({
        ParentsNotVisible: 0,
        RebuildsFailing: 0,
        Unreadable: 0,
      });
      await expectTriesAndAlarm(scenario, failedBuilds);
      runs.setFailing("payments-web", false);
    },
  );

  /** Makes the next runs of the updater fail. The SDK retries each call. */
  function failRuns(count: number): void {
    const fault = new Fault("ServerInternalException", "RAM is unavailable", 500);
    scenario.local.emulator.fail("GetResourceShares", fault, count * CLIENT_CONFIG.maxAttempts);
  }

  const edgeArn = goldenArn("edge", OTHER_REGION);
  let edgeBuilds: string[];

  step(
    "15. a message that fails is delivered again; one that always fails waits in the dead-letter queue until it is redriven",
    async () => {
      const resultsOf = async (): Promise<(string | undefined)[]> =>
        (await scenario.tryDeliver(OTHER_REGION)).map(({ error }) => error?.message);
      const first = scenario.firstBuild("edge");

      const second = await scenario.build(SHARED, "edge", OTHER_REGION);
      failRuns(1);
      expect(await resultsOf()).toEqual(["RAM is unavailable", undefined]);
      expect(await scenario.resolve(PAYMENTS, edgeArn)).toEqual([second, true]);

      const third = await scenario.build(SHARED, "edge", OTHER_REGION);
      failRuns(3);
      expect(await resultsOf()).toEqual(Array(3).fill("RAM is unavailable"));
      expect(await scenario.resolve(PAYMENTS, edgeArn)).toEqual([second, true]);
      const queue = await scenario.queue(OTHER_REGION);
      expect(await queue.countDeadLetters()).toBe(1);
      expect(await resultsOf()).toEqual([]);

      await queue.redrive();
      expect(await queue.countDeadLetters()).toBe(0);
      expect(await resultsOf()).toEqual([undefined]);
      expect(await scenario.resolve(PAYMENTS, edgeArn)).toEqual([third, true]);
      edgeBuilds = [first, second, third];
    },
  );

  step(
    "16. an account that leaves a channel loses the launch permission of shared builds at once, and of other builds after the grace period",
    async () => {
      const amis = edgeBuilds.map((arn) => scenario.amiOf(arn, OTHER_REGION));
      const launchable = (account: string): boolean[] =>
        amis.map((ami) => scenario.local.amis.canLaunch(account, OTHER_REGION, ami));
      const orphanedTags = (): (string | undefined)[] =>
        amis.map((ami) => scenario.local.amis.tagsOf(ami)[ORPHANED_TAG]);
      const fullRun = () => scenario.runSchedule({ full: true }, OTHER_REGION);
      expect(launchable(PAYMENTS)).toEqual([true, true, true]);

      scenario.file.images.edge.share.channels.partners.principals.accounts = [ORDERS];
      await scenario.synth();
      await scenario.deploy("shared-us-west-2");
      expect(imagesOf(await scenario.deliver(OTHER_REGION))).toEqual(["edge"]);
      expect(await scenario.resolve(PAYMENTS, edgeArn)).toBeUndefined();
      expect(await scenario.resolve(ORDERS, edgeArn)).toEqual([edgeBuilds[2], true]);
      expect(launchable(PAYMENTS)).toEqual([true, true, false]);
      expect(launchable(ORDERS)).toEqual([false, false, true]);
      expect(orphanedTags()).toEqual([undefined, undefined, undefined]);

      const log = (await fullRun()).flatMap((delivery) => delivery.log).join("\n");
      expect(log).toContain("no channel grants this launch permission any more");
      expect(launchable(PAYMENTS)).toEqual([true, true, false]);
      const date = expect.stringMatching(/^20\S+Z [0-9a-f]{8}$/);
      expect(orphanedTags()).toEqual([date, date, undefined]);

      const monthAgo = new Date(Date.now() - 31 * 24 * 60 * 60_000).toISOString();
      for (const ami of amis) scenario.local.amis.replaceTag(ami, ORPHANED_TAG, /^\S+/, monthAgo);
      await fullRun();
      expect(launchable(PAYMENTS)).toEqual([false, false, false]);
      expect(orphanedTags()).toEqual([undefined, undefined, undefined]);
    },
  );

  step("17. the updater follows only the manifest that Terraform wrote", async () => {
    const web = goldenArn("web");
    const deleteShare = await scenario.createShare("web", ORDERS);
    const writes = scenario.countShareWrites();
    await scenario.runSchedule({ full: true });
    expect(await scenario.canLaunch(ORDERS, scenario.amiOf(scenario.firstBuild("web")))).toBe(
      false,
    );
    expect(await scenario.resolve(ORDERS, web)).toBeUndefined();
    expect(scenario.countShareWrites()).toBe(writes);
    await deleteShare();

    const deleteManifest = await scenario.changeManifest((text) =>
      text.replaceAll(PAYMENTS, ORDERS),
    );
    for (const event of [{}, { image: "web" }, firstEvent])
      expect((await scenario.tryUpdate(event)).error).toMatchObject({
        name: "ManifestError",
        message: expect.stringMatching(/^the manifest channels\/[0-9a-f]{64}\.json was changed/),
      });
    expect(scenario.countShareWrites()).toBe(writes);
    await deleteManifest();
    const shared = await scenario.stack("shared-eu-west-1");
    expect(actionsOf(await shared.plan())).toEqual(["create aws_s3_object"]);
    await shared.apply();
    await scenario.update({ image: "web" });
    expect(scenario.countShareWrites()).toBe(writes);
  });

  const verifyBase = ["verify", "base", "1.0.0/1", "--region", REGION] as const;
  const statementOfBase = "base/1.0.0/1/provenance.dsse.json";

  async function expectInvalid(reason: RegExp): Promise<void> {
    const { exitCode, output } = await scenario.factoryResult(SHARED, ...verifyBase);
    expect({ exitCode, output }).toEqual({
      exitCode: 2,
      output: expect.stringMatching(/^base 1\.0\.0\/1 in eu-west-1: invalid$/m),
    });
    expect(output).toMatch(reason);
  }

  step(
    "18. each build is recorded, with a message about the one that failed, and its evidence is verified in both accounts and offline",
    async () => {
      const results = await scenario.record();
      // Image Builder lists the packages at once here.
      const recorded = results.filter(({ outcome }) => outcome.kind === "recorded");
      expect(recorded.map(({ outcome }) => outcome)).toEqual(
        recorded.map(() => ({
          kind: "recorded",
          hasPackages: true,
          hasDigests: true,
          isComplete: true,
        })),
      );
      expect(recorded.map(({ build }) => build)).toContain(
        scenario.builds.findLast((arn) => arn.includes(":image/web/")),
      );
      expect(await scenario.record()).toEqual([]);
      const notes = await inbox.read();
      // Each revocation returned the channel to the first build.
      expect(
        notes
          .filter(({ Subject }) => Subject === "stable of base now shares 1.0.0/1")
          .map(({ Message }) => /^\S+ is revoked: .*$/m.exec(Message)?.[0])
          .sort(),
      ).toEqual(["1.0.0/2 is revoked: INC-7", "1.0.1/1 is revoked: INC-9"]);
      failedBuilds.push(await expectFailureNote(scenario, inbox));

      expect(await scenario.factoryResult(SHARED, ...verifyBase)).toMatchObject({ exitCode: 1 });
      const keys = await scenario.factoryResult(SHARED, "keys");
      expect(keys.exitCode).toBe(0);
      expect(keys.output).toMatch(/^eu-west-1 +[0-9a-f]{64} +new$/m);
      expect(keys.output).toMatch(/^us-west-2 +[0-9a-f]{64} +new$/m);
      const valid = {
        exitCode: 0,
        output: expect.stringMatching(/^base 1\.0\.0\/1 in eu-west-1: valid$/m),
      };
      for (const account of [SHARED, PAYMENTS])
        expect(await scenario.factoryResult(account, ...verifyBase)).toEqual(valid);
      await expectContainerVerified(scenario);
      const folder = await scenario.copyEvidence();
      expect(await scenario.factoryResult(undefined, ...verifyBase, "--offline", folder)).toEqual(
        valid,
      );
      const known = await scenario.factoryResult(
        SHARED,
        ...["record", "base", "1.0.0/1", "--region", REGION],
      );
      expect(known).toEqual({
        exitCode: 0,
        output:
          "base 1.0.0/1 in eu-west-1 was recorded already\nbase 1.0.0/1 in eu-west-1 has its watermarks\n",
      });
    },
  );

  step("19. changed evidence, containers, keys and signatures are rejected", async () => {
    const changes: readonly [(text: string) => string, RegExp][] = [
      [
        (text) => {
          const envelope = JSON.parse(text);
          const statement = Buffer.from(envelope.payload, "base64").toString();
          const payload = Buffer.from(statement.replace("recipe/base/1.0.0", "recipe/base/9.9.9"));
          return JSON.stringify({ ...envelope, payload: payload.toString("base64") });
        },
        /has no valid signature: the statement or its signature was changed/,
      ],
      [(text) => JSON.stringify({ ...JSON.parse(text), signatures: [] }), /has no signature/],
      [() => "{}", /isn't an envelope/],
    ];
    for (const [change, reason] of changes) {
      const restore = await scenario.changeEvidence(statementOfBase, change);
      await expectInvalid(reason);
      await restore();
    }

    const trusted = readFileSync(scenario.keysFile, "utf8");
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const der = publicKey.export({ type: "spki", format: "der" });
    const other = {
      account: SHARED,
      region: REGION,
      publicKey: der.toString("base64"),
    };
    writeFileSync(scenario.keysFile, JSON.stringify({ keys: { [keyIdOf(der)]: other } }));
    await expectInvalid(/is signed by a key that isn't trusted/);
    writeFileSync(scenario.keysFile, trusted);
    expect((await scenario.factoryResult(SHARED, ...verifyBase)).exitCode).toBe(0);
    await expectReplacedContainer(scenario);

    const missing = ["verify", "base", "1.0.0/9", "--region", REGION, "--offline"] as const;
    const folder = await scenario.copyEvidence();
    expect(await scenario.factoryResult(undefined, ...missing, folder)).toEqual({
      exitCode: 2,
      output: expect.stringMatching(/^base 1\.0\.0\/9 in eu-west-1: missing$/m),
    });
  });

  step(
    "20. findings keep a build out of a channel, an exception lets it in, and the channel is never emptied",
    async () => {
      const finding = (id: string) => ({
        Title: `${id} - openssl`,
        SeverityLabel: "critical" as const,
        FixAvailable: true,
        FirstObservedAt: new Date(Date.now() - 60_000),
        Paths: ["/usr/lib/libssl.so"],
      });
      const { amis } = scenario.local;
      const scan = (build: string, ...ids: string[]): void =>
        amis.scan(scenario.amiOf(build, OTHER_REGION), ids.map(finding));
      const run = async (): Promise<SuccessfulDelivery> => {
        const [delivery] = await scenario.runSchedule({}, OTHER_REGION);
        if (!delivery) throw new Error("the run must send a message");
        return delivery;
      };
      const resolved = async () => (await scenario.resolve(ORDERS, edgeArn))?.[0];
      const despite = ({ log }: SuccessfulDelivery): unknown =>
        Object.assign(
          {},
          // The AWS SDK warns about the endpoint of the queue.
          ...log.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line)),
        )["SharedDespiteFindings"];
      const old = edgeBuilds[2] ?? "";

      scenario.file.images.edge.share.channels.partners.findings = {
        fixWithinDays: { critical: 0 },
        exceptions: [{ id: "CVE-2026-1111", until: "2999-12-31", reason: "not reachable" }],
      };
      await scenario.synth();
      await scenario.deploy("shared-us-west-2");
      // It was never scanned.
      expect(await resolved()).toBe(old);

      const newest = await scenario.build(SHARED, "edge", OTHER_REGION);
      scan(newest, "CVE-2026-9999");
      scan(old);
      expect(despite(await run())).toBe(0);
      expect(await resolved()).toBe(old);
      const findings = await scenario.factoryResult(SHARED, "findings", "edge");
      expect(findings.exitCode).toBe(0);
      expect(findings.output).toContain("CVE-2026-9999 - openssl");

      scan(old, "CVE-2026-9999");
      expect(despite(await run())).toBe(1);
      expect(await resolved()).toBe(old);
      expect((await scenario.factoryResult(SHARED, "findings", "edge")).exitCode).toBe(2);

      scan(newest, "CVE-2026-1111");
      expect(despite(await run())).toBe(0);
      expect(await resolved()).toBe(newest);
    },
  );

  step(
    "21. a lost version lock file is written from the accounts, and its versions don't exist yet",
    async () => {
      await scenario.finished("billing");
      const output = await scenario.loseLockFile();
      expect(output).toMatch(/^component +agent +- +1\.0\.1 +shared +(eu-west-1|us-west-2)$/m);
      expect(output).toMatch(/^recipe +shared\/base +1\.0\.1 +1\.0\.2 +re-added$/m);
      expect(output).toMatch(/^recipe +payments\/payments-api +1\.0\.0 +1\.0\.1 +re-added$/m);
      expect(output).toMatch(/^workflow +test:wait +1\.0\.0 +1\.0\.1 +re-added$/m);
      await scenario.synth();
      await scenario.deploy("shared-eu-west-1");
      expect(actionsOf(await scenario.plan("shared-eu-west-1"))).toEqual([]);
      // The other Region is deployed before it is destroyed.
      await runAll(APPS.map((name) => () => scenario.deploy(`${name}-eu-west-1`)));
    },
  );

  step("22. the documented commands revoke and delete a container", async () => {
    const runtime = scenario.firstBuild("runtime");
    const output = await scenario.runDocumented("Withdraw a bad container", {
      "NAME 1.0.3/1": "runtime 1.0.0/1",
      "--reason INC-5678": "--reason INC-8 --yes",
    });
    expect(output).toContain("Image Builder is deleting the build and its container images");
    const payments = await scenario.account(PAYMENTS);
    expect(await payments.resolve(goldenArn("runtime"))).toBeUndefined();
    const shared = await scenario.account(SHARED);
    expect(await shared.resolve(runtime)).toMatchObject({ status: "DELETED" });
    const key = await scenario.accessKeyOf(SHARED);
    const { imageIds } = await scenario.moto.ecr(key, REGION, "ListImages", {
      repositoryName: "golden-image-factory/runtime",
    });
    expect(imageIds).toEqual([]);
  });

  step(
    "23. the documented commands rotate a key, recover lost state and remove a launch permission",
    async () => {
      await scenario.runDocumented("Rotate the image key", {});
      await scenario.moto.deleteObject(
        await scenario.accessKeyOf(PAYMENTS),
        `acme-tfstate-${PAYMENTS}`,
        "golden-image-factory/payments-eu-west-1.tfstate",
      );
      expect(kindsOf(await scenario.plan("payments-eu-west-1"))).toEqual(["create"]);
      await scenario.runDocumented("The state of a stack is lost", {}, PAYMENTS);
      expect(actionsOf(await scenario.plan("payments-eu-west-1"))).toEqual([]);

      const ami = scenario.amiOf(scenario.firstBuild("base"));
      expect(await scenario.canLaunch(ORDERS, ami)).toBe(true);
      await scenario.runDocumented("Remove launch permissions", { "ami-0123456789abcdef0": ami });
      expect(await scenario.canLaunch(ORDERS, ami)).toBe(false);
    },
  );

  step("24. the additional app account builds on the image that is shared with it", async () => {
    const web = await scenario.build(BILLING, "billing-web");
    expect(scenario.local.builds.parentOf(web)).toBe(scenario.firstBuild("web"));
  });

  step(
    "25. protected keys and state can't be destroyed; without protection only builds, AMIs and components remain",
    async () => {
      await expectProtected(scenario);
      await destroyEverything(scenario);
      await expectNoResources(scenario);
      expectBuildsAndComponentsRemain(scenario, failedBuilds);
      if (scenario.deployment.archivesReplaced)
        process.stderr.write(
          "  archive_file was replaced by a zip of the same folder, because its provider can't be installed here\n",
        );
    },
  );

  step(
    "26. the policies of the plan and deploy roles allow every request that Terraform sent",
    async () => {
      const requests = (await requestsOfTerraform(scenario)).filter(({ role }) =>
        [DEPLOY_ROLE_NAME, PLAN_ROLE_NAME].includes(role),
      );
      expect(requests.length).toBeGreaterThan(200);
      const ids = Object.keys(ACCOUNTS).map((name) => `state-${name}`);
      const stacks = new ResolvedStacks(
        Object.fromEntries(ids.map((id) => [id, scenario.deployment.synthesized(id)])),
      );
      expect(requests.filter((request) => !isAllowed(stacks, request))).toEqual([]);
      process.stderr.write(
        `  ${requests.length} different requests by the plan and deploy roles, all allowed\n`,
      );
    },
  );
});
