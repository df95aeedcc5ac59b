/** The page of the catalogue in a real browser, from a file as people open it. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import axe, { type AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { renderPage } from "../../catalogue/document";
import { DEMO, type ExampleSize, exampleCatalogue } from "../../catalogue/example";
import { packagesOf } from "../../catalogue/package-table";
import type { Catalogue } from "../../catalogue/schema";
import { startBrowser } from "../../tools/browser/chromium";

const LARGE: ExampleSize = { images: 100, builds: 50, accounts: 200, rows: 60 };
const ASSETS = {
  script: readFileSync("dist/catalogue/page.js", "utf8"),
  styles: readFileSync("dist/catalogue/page.css", "utf8"),
};

let browser: Browser;
let folder: string;
/** Address of the page that `factory catalogue --demo` writes. */
let demo: string;
/** Faults of a page: requests, errors, and violations of its policy. */
let faults: string[];
let opened: Page[];

beforeAll(async () => {
  browser = await startBrowser();
  folder = mkdtempSync(join(tmpdir(), "catalogue-"));
  demo = write("demo", exampleCatalogue());
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  faults = [];
  opened = [];
});
afterEach(async () => {
  for (const page of opened) await page.context().close();
  expect(faults).toEqual([]);
});

function write(name: string, catalogue: Catalogue): string {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, renderPage(catalogue, ASSETS));
  return pathToFileURL(file).href;
}

async function open(url: string, hash = "", options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  // No test is about time.
  context.setDefaultTimeout(240_000);
  const page = await context.newPage();
  opened.push(page);
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== url) faults.push(`request ${request.url()}`);
  });
  page.on("pageerror", (error) => faults.push(`error ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(message.text());
  });
  page.on("dialog", (dialog) => {
    faults.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url + hash);
  await expectInteractive(page);
  return page;
}

/** Waits until the page has drawn its view, and then has run its effects, which add listeners. */
async function expectInteractive(page: Page): Promise<void> {
  await page.waitForSelector("h1");
  await soon(async () => expect(await page.evaluate("history.scrollRestoration")).toBe("manual"));
}

async function reload(page: Page): Promise<void> {
  // The browser keeps it for an entry of the history.
  await page.evaluate("history.scrollRestoration = 'auto'");
  await page.reload();
  await expectInteractive(page);
}

function openDemo(hash = "", options?: BrowserContextOptions): Promise<Page> {
  return open(demo, hash, options);
}

function searchField(page: Page) {
  return page.getByRole("combobox", { name: /^Search/ });
}

function resultsOf(page: Page) {
  return page.getByRole("listbox", { name: "Results" }).getByRole("option");
}

/** Waits until the page shows the view with a heading. */
function expectHeading(page: Page, name: string): Promise<void> {
  return page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
}

/** The addresses of all views. */
const VIEWS = [
  "#/",
  "#/image/java-21",
  "#/image/amazon-linux-2023/1.0.3/2",
  "#/access",
  "#/account/888877776666",
  "#/lineage",
  "#/fleet",
  "#/image/none",
];

describe("search", () => {
  test("finds images, AMIs, accounts and packages, and Enter opens the selected result", async () => {
    const page = await openDemo();
    const field = searchField(page);
    const options = resultsOf(page);
    await field.fill("java");
    await expectText(options.first(), "java-21 Corretto 21 on the hardened Amazon Linux");
    const ami = exampleCatalogue().images[3]?.builds[2]?.amis[0]?.id ?? "";
    await field.fill(ami);
    expect(await options.count()).toBe(1);
    await field.press("Enter");
    await expectHeading(page, "java-21 1.2.3/1");
    await field.fill("machine-learning");
    expect(await options.allInnerTexts()).toEqual([expect.stringContaining("machine-learning")]);
    await field.fill("openssl-libs 2");
    await expectText(options.first(), /^openssl-libs /);
    await field.fill("no such thing");
    expect(await page.getByText("Nothing matches all words.").isVisible()).toBe(true);
  });

  test("the filters of the list stay in its address", async () => {
    const page = await openDemo();
    await page.getByLabel("Kind").selectOption("container");
    const rows = page.locator("tbody tr");
    expect(await rows.count()).toBe(2);
    await page.getByPlaceholder("Filter by name").fill("node");
    expect(await rows.count()).toBe(1);
    await expectAddress(page, /^#\/\?kind=container&q=node$/);
    await reload(page);
    expect(await rows.count()).toBe(1);
    await page.getByPlaceholder("Filter by name").fill("xyz");
    expect(await page.getByText("No image matches the filters.").isVisible()).toBe(true);
    await page.getByRole("button", { name: "Clear" }).click();
    expect(await rows.count()).toBe(11);
  });
});

describe("links", () => {
  test.each([
    ["#/image/java-21", "java-21"],
    ["#/image/amazon-linux-2023/1.0.3/2?region=us-east-1", "amazon-linux-2023 1.0.3/2"],
    ["#/access", "Who gets what"],
    ["#/account/222200000000", "payments"],
    ["#/lineage", "Lineage"],
    ["#/fleet", "Fleet"],
    ["#/image/none", "There is no such image"],
    ["#/image/java-21/9.9.9/9", "There is no such build"],
    ["#/account/1", "There is no such account"],
    ["#/%E0%A4%A", "There is no such page"],
  ])("%s opens its view", async (hash, title) => {
    await expectHeading(await openDemo(hash), title);
  });

  test("a build of the list leads to its view, and Back leads back", async () => {
    const page = await openDemo();
    await page.getByRole("link", { name: "java-21", exact: true }).click();
    await expectHeading(page, "java-21");
    await soon(async () => expect(await page.title()).toBe("java-21 · Golden images"));
    await page
      .locator("#timeline ~ *, section")
      .getByRole("link", { name: "1.2.3/1" })
      .first()
      .click();
    await expectHeading(page, "java-21 1.2.3/1");
    await page.goBack();
    await page.goBack();
    await expectHeading(page, "Golden images");
  });

  test("the nodes of the lineage and the marks of the time line are links", async () => {
    const page = await openDemo("#/image/java-21");
    await page.locator(".timeline g[aria-label=dot] path").first().click();
    await expectAddress(page, /^#\/image\/java-21\/1\.2\.\d\/\d\?region=/);
    await page.goBack();
    await page.getByRole("link", { name: "amazon-linux-2023 golden image, Linux" }).click();
    await expectHeading(page, "amazon-linux-2023");
  });

  test("Back leads to where the reader was, a link to the top of its view", async () => {
    const page = await openDemo("", { viewport: { width: 1280, height: 400 } });
    const scrolled = (): Promise<number> => page.evaluate<number>("scrollY");
    await page.getByRole("link", { name: "iis-2025" }).scrollIntoViewIfNeeded();
    const before = await scrolled();
    expect(before).toBeGreaterThan(100);
    await page.getByRole("link", { name: "iis-2025" }).click();
    await page.getByRole("heading", { level: 1, name: "iis-2025" }).waitFor();
    await expectScrolled(page, 0);
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Golden images" }).waitFor();
    await expectScrolled(page, before);
  });
});

describe("an image and a build", () => {
  test("show channels, builds, lineage and access", async () => {
    const page = await openDemo("#/image/java-21");
    const text = await page.locator("main").innerText();
    expect(text).toContain("isn't approved for stable");
    expect(text).toContain("the 3 newest builds, at least 72 hours old, approved");
    expect(text).toMatch(/accepts CVE-2026-18840 until 2026-12-31: sudo isn't setuid/);
    expect(text).toMatch(/younger than Inspector's window of 90 days/);
    const dots = page.locator(".timeline g[aria-label=dot] path");
    await soon(async () => expect(await dots.count()).toBe(24));
    const access = page.getByRole("region", { name: "Matrix of accounts and channels" });
    await expectText(
      access.getByRole("row", { name: /^search/ }).first(),
      /1\.2\.3\/3.*1\.2\.3\/2/s,
    );
    await page.getByRole("button", { name: "Show all 24 builds" }).click();
    expect(await page.locator("main").innerText()).toContain("1.2.0/1");
  });

  test("show what changed between two builds, and the choice is in the address", async () => {
    const page = await openDemo("#/image/amazon-linux-2023/1.0.3/2");
    expect(await page.locator(".diff tbody tr").count()).toBeGreaterThan(0);
    const before = await page.locator(".diff thead").innerText();
    const options = await page.getByLabel("Compared with").locator("option").allInnerTexts();
    await page.getByLabel("Compared with").selectOption(options.at(-1) ?? "");
    expect(await page.locator(".diff thead").innerText()).not.toBe(before);
    await expectAddress(page, `compare=${encodeURIComponent(options.at(-1) ?? "")}`);
    await page.getByText(/^All \d+ packages$/).click();
    await page.getByPlaceholder("Filter packages").fill("openssl-libs");
    await expectText(page.locator(".columns li"), /^openssl-libs \d/);
  });

  test("show the instances that run a revoked build first", async () => {
    const page = await openDemo("#/fleet");
    const rows = page.locator("tbody tr");
    await expectText(
      rows.first(),
      /^identity eu-west-1 amazon-linux-2023 1\.0\.2\/2 29 revoked: INC-5678/,
    );
    await rows.first().getByRole("link", { name: "amazon-linux-2023" }).click();
    await expectText(page.locator("main"), /revoked build runs/);
    await expectText(page.locator("section", { hasText: "Instances" }), /identity eu-west-1/);
  });

  test("show a deleted build without a link", async () => {
    const { fleet, ...catalogue } = exampleCatalogue();
    if (!fleet) throw new Error("the example has no fleet");
    const running = fleet.running.map((one) => ({ ...one, isDeleted: true }));
    const deleted = { ...catalogue, fleet: { ...fleet, running } };
    const page = await open(write("deleted", deleted), "#/fleet");
    const cell = page.locator("td[data-label=Build]").first();
    await expectText(cell, /^\d+\.\d+\.\d+\/\d+ the build was deleted$/);
    expect(await cell.getByRole("link").count()).toBe(0);
  });

  test("say which accounts couldn't be looked at, without a click", async () => {
    const page = await openDemo("#/fleet");
    const text = await page.locator("main").innerText();
    expect(text).toContain("Couldn't be looked at: 1 account");
    expect(text).toContain("AccessDenied");
    expect(text).toContain("Notes about accounts: 1");
    expect(text).not.toContain("the Region has no instances");
    expect(text).toContain("not from this factory");
  });

  test("of a catalogue without instances say so", async () => {
    const { fleet: _, ...catalogue } = exampleCatalogue();
    const page = await open(write("without-fleet", catalogue), "#/fleet");
    await expectText(page.locator("main"), /was written without the option --fleet/);
  });

  test("show the release notes of a shared build, and lead to the list of its packages", async () => {
    const page = await openDemo("#/image/java-21/1.2.3/2?region=eu-west-1");
    const notes = page.locator("section", { has: page.locator("#notes") });
    await expectText(
      notes,
      /^Release notes stable: compared with 1\.2\.3\/1 Approval for stable CHG-/,
    );
    await expectText(notes, /Recipe 1\.2\.3 as before Parent /);
    await expectText(notes, /Packages \d+ up Findings /);
    await notes.getByRole("link", { name: /^\d+ up$/ }).click();
    await expectAddress(page, "compare=1.2.3%2F1");
    await expectText(
      page.locator("section", { has: page.locator("#packages") }),
      /\d+ higher version, compared with 1\.2\.3\/1/,
    );
    await openDemo("#/image/java-21/1.2.0/1").then((other) =>
      expectText(other.locator("main"), /Only shared builds have release notes\./),
    );
  });

  test("say what couldn't be read, instead of that there is nothing", async () => {
    const { fleet, ...catalogue } = exampleCatalogue();
    if (!fleet) throw new Error("the example has no fleet");
    const message = "AccessDeniedException: not allowed";
    const unread = {
      parent: message,
      findings: message,
      packages: message,
      evidence: message,
      notes: message,
    };
    const parts = {
      parent: undefined,
      findings: undefined,
      packages: undefined,
      evidence: undefined,
      notes: undefined,
    };
    const url = write("unread", {
      ...catalogue,
      images: catalogue.images.map((image, index) => ({
        ...image,
        unread: [{ region: "eu-west-1", message }],
        channels: index === 0 ? [] : image.channels.map((channel) => ({ ...channel, reasons: [] })),
        builds: index === 0 ? [] : image.builds.map((one) => ({ ...one, ...parts, unread })),
      })),
      fleet: {
        ...fleet,
        running: fleet.running.map((one) => ({
          ...one,
          state: "unknown",
          image: "java-21",
          unknown: "the build couldn't be read",
        })),
      },
    });
    const list = await open(url);
    await expectText(list.locator("tbody tr"), /not read not read not fully read/);
    const nothing = await open(url, "#/image/amazon-linux-2023");
    await expectText(nothing.locator("main"), /Not everything could be read.*AccessDenied/s);
    await expectText(
      nothing.locator("main"),
      /No channel could be read\..*No build could be read\./s,
    );
    const image = await open(url, "#/image/java-21");
    const reasons = await image.locator("td[data-label='Why nothing newer']").allInnerTexts();
    expect([...new Set(reasons)].sort()).toEqual([
      "not everything could be read",
      "the newest build is shared",
    ]);
    const build = await open(url, "#/image/java-21/1.2.3/2");
    await expectText(build.locator("main"), /couldn't be read: AccessDeniedException/);
    for (const what of ["release notes", "findings", "statement", "packages"])
      await expectText(
        build.locator("main"),
        new RegExp(`The ${what} couldn't be read: ${message}`),
      );
    for (const view of ["#/access", "#/account/222200000000"])
      await expectText(
        (await open(url, view)).locator("main"),
        /Channels and builds may be missing.*: amazon-linux-2023, /s,
      );
    const running = await open(url, "#/fleet");
    await expectText(running.locator(".figures"), /\d+ not known.* 0 not from this factory/);
    await expectText(running.locator("tbody tr"), /the build couldn't be read$/);
  });

  test("say what isn't known of containers, of ancestors and of an image without builds", async () => {
    const catalogue = exampleCatalogue();
    const url = write("unknown", {
      ...catalogue,
      images: catalogue.images.map((image, index) => {
        if (index > 0)
          return {
            ...image,
            builds: image.builds.map(({ parent, ...build }, age) => ({
              ...build,
              ...(age === 0 && { parent, unknownParentOf: "amazon-linux-2023 1.0.1/1" }),
            })),
          };
        const channels = image.channels.map((one) => ({ ...one, shared: [], reasons: [] }));
        return { ...image, channels, builds: [] };
      }),
    });
    const container = await open(url, "#/image/runtime/1.0.3/2");
    await expectText(
      container.locator("main"),
      /Findings in Amazon ECR.*The catalogue knows no findings of containers\. If scans are on, look in Amazon ECR\./s,
    );
    const image = await open(url, "#/image/java-21");
    const parents = image.locator("td[data-label='Parent']");
    await expectText(
      parents,
      /the parent of amazon-linux-2023 1\.0\.1\/1 isn't known: no revocation of it is inherited/,
    );
    await expectText(parents.nth(1), /^not read$/);
    const empty = await open(url, "#/image/amazon-linux-2023");
    await expectText(empty.locator("td[data-label='Shared builds']"), /^none$/);
    await expectText(
      empty.locator("td[data-label='Why nothing newer']"),
      /^there is no build yet$/,
    );
  });

  test("show findings and evidence", async () => {
    const catalogue = exampleCatalogue();
    const found = catalogue.images.flatMap(({ name, builds }) =>
      builds.flatMap((build) => (build.findings?.list.length ? [{ name, build }] : [])),
    )[0];
    if (!found) throw new Error("the example has no findings");
    const { name, build } = found;
    const page = await openDemo(`#/image/${name}/${build.build}?region=${build.region}`);
    const text = await page.locator("main").innerText();
    for (const { title } of build.findings?.list ?? []) expect(text).toContain(title);
    expect(text).toContain("A trusted key signed the statement");
    expect(text).toContain(build.evidence?.keyid);
  });
});

describe("the color scheme", () => {
  const background = (page: Page): Promise<string> =>
    page.evaluate("getComputedStyle(document.body).backgroundColor");

  test("is that of the system, until the reader chooses one", async () => {
    const light = await background(await openDemo("", { colorScheme: "light" }));
    const page = await openDemo("", { colorScheme: "dark" });
    const dark = await background(page);
    expect(dark).not.toBe(light);
    await page.getByText("light", { exact: true }).click();
    expect(await background(page)).toBe(light);
    await reload(page);
    expect(await background(page)).toBe(light);
    await page.getByText("auto", { exact: true }).click();
    expect(await background(page)).toBe(dark);
  });

  test("is light on paper, without controls", async () => {
    const page = await openDemo("#/image/java-21", { colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await background(page)).toBe("rgb(255, 255, 255)");
    expect(await page.locator(".top").isVisible()).toBe(false);
  });
});

describe("the keyboard", () => {
  test("/ goes to the search, the arrow keys select, Enter opens, Escape closes", async () => {
    const page = await openDemo();
    await page.keyboard.press("/");
    await page.keyboard.type("linux");
    const selected = page.locator("[aria-selected=true]");
    const first = await selected.innerText();
    await page.keyboard.press("ArrowDown");
    expect(await selected.innerText()).not.toBe(first);
    await page.keyboard.press("ArrowUp");
    expect(await selected.innerText()).toBe(first);
    await page.keyboard.press("Escape");
    expect(await page.getByRole("listbox").isVisible()).toBe(false);
    await page.keyboard.type("-2023-arm");
    await page.keyboard.press("Enter");
    await expectHeading(page, "amazon-linux-2023-arm");
    const focused = (): Promise<unknown> => page.evaluate("document.activeElement.tagName");
    await soon(async () => expect(await focused()).toBe("H1"));
  });

  test("the first Tab reaches a button that skips to the content", async () => {
    const page = await openDemo();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
  });
});

describe("text of other people", () => {
  const HOSTILE = [
    `<script>alert(1)</script>`,
    `</script><script>alert(1)</script>`,
    `<!--<script>`,
    `"><img src=x onerror=alert(1)>`,
    `' onmouseover='alert(1)`,
    `javascript:alert(1)`,
    `a\u2028b\u2029c`,
    `\u202egnp.exe`,
    `{{constructor.constructor("alert(1)")()}}`,
    "${alert(1)}",
  ].join(" ");

  /** Puts the text into every text of the catalogue that isn't compared with another one. */
  function hostileCatalogue(): Catalogue {
    const catalogue = exampleCatalogue({ ...DEMO, images: 3, builds: 6 });
    return {
      ...catalogue,
      problems: [{ region: "eu-west-1", message: HOSTILE }],
      fleet: {
        running: (catalogue.fleet?.running ?? []).map((one) => ({
          ...one,
          image: HOSTILE,
          state: "revoked",
          revoked: HOSTILE,
        })),
        notLookedAt: [HOSTILE],
        notes: [{ account: HOSTILE, message: HOSTILE }],
        problems: [],
      },
      accounts: catalogue.accounts.map((account) => ({ ...account, name: HOSTILE })),
      packages: catalogue.packages.map(([name, version]) => [
        `${name}${HOSTILE}`,
        version + HOSTILE,
      ]),
      appImages: catalogue.appImages.map((image) => ({ ...image, name: HOSTILE })),
      images: catalogue.images.map((image) => ({
        ...image,
        name: HOSTILE,
        description: HOSTILE,
        parent: { kind: "registry", name: HOSTILE },
        schedule: HOSTILE,
        components: [{ kind: "document", name: HOSTILE, version: HOSTILE }],
        channels: image.channels.map((channel) => ({
          ...channel,
          name: HOSTILE,
          audience: [...channel.audience, HOSTILE],
          reasons: [HOSTILE],
          findings: {
            maxSeverity: HOSTILE,
            fixWithinDays: { [HOSTILE]: 1 },
            exceptions: [{ id: HOSTILE, until: HOSTILE, reason: HOSTILE }],
            reportOnly: false,
          },
        })),
        builds: image.builds.map((build) => ({
          ...build,
          parent: HOSTILE,
          approvals: { [HOSTILE]: HOSTILE },
          revoked: HOSTILE,
          revokeAt: HOSTILE,
          containers: [HOSTILE],
          notes: [
            {
              channel: HOSTILE,
              approval: HOSTILE,
              from: HOSTILE,
              revocation: HOSTILE,
              recipe: { from: HOSTILE, to: HOSTILE },
              parent: { from: HOSTILE, to: "other" },
              components: [{ name: HOSTILE, from: HOSTILE, to: HOSTILE }],
              findings: {
                before: [{ severity: HOSTILE, count: 1 }],
                after: [{ severity: HOSTILE, count: 1 }],
                added: [{ title: HOSTILE, severity: HOSTILE }],
                removed: [{ title: HOSTILE, severity: HOSTILE }],
              },
            },
          ],
          unread: { packages: HOSTILE },
          evidence: { kind: "invalid", reason: HOSTILE },
          findings: {
            scanned: "2026-01-01T00:00:00.000Z",
            list: [{ title: HOSTILE, severity: HOSTILE, hasFix: false, paths: [HOSTILE] }],
            channels: [{ channel: HOSTILE, isShared: true, reasons: [HOSTILE], reportOnly: true }],
          },
        })),
      })),
    };
  }

  test("is shown as text in every view: it runs nothing and leads nowhere", async () => {
    const url = write("hostile", hostileCatalogue());
    const name = encodeURIComponent(HOSTILE.replaceAll("\u202e", "\ufffd"));
    const { build } = hostileCatalogue().images[0]?.builds[0] ?? {};
    const views = [
      "#/",
      `#/image/${name}`,
      `#/image/${name}/${build}`,
      "#/access",
      "#/lineage",
      "#/fleet",
    ];
    for (const hash of [...views, "#/account/222200000000", `#/image/%3Cscript%3E${name}`]) {
      const page = await open(url, hash);
      await page.evaluate(
        "document.querySelectorAll('details').forEach((one) => { one.open = true; })",
      );
      const text = await page.locator("main").innerText();
      expect(text).toContain("</script><script>alert(1)</script>");
      expect(text).not.toContain("\u202e");
      expect(await page.locator("img, iframe, object, main script").count()).toBe(0);
      const links = await page
        .locator("a")
        .evaluateAll((all) => all.map((one) => one.getAttribute("href") ?? ""));
      expect(links.filter((link) => !link.startsWith("#/"))).toEqual([]);
    }
  });

  test("in the search is shown as text", async () => {
    const page = await open(write("hostile", hostileCatalogue()));
    await searchField(page).fill("<script>");
    expect(await resultsOf(page).count()).toBeGreaterThan(0);
    await page.keyboard.press("Enter");
    await expectText(page.locator("h1"), /<script>alert\(1\)<\/script>/);
  });
});

describe("the page", () => {
  test("forbids everything but its own script and styles", async () => {
    const page = await openDemo();
    const policy = await page.locator("meta[http-equiv]").getAttribute("content");
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; base-uri 'none'; form-action 'none'$/,
    );
    const blocked = await page.evaluate(`(async () => {
      const answer = await fetch("https://example.com/").catch((error) => error.name);
      const script = document.createElement("script");
      script.textContent = "document.title = 'changed'";
      document.body.append(script);
      return [answer, document.title];
    })()`);
    expect(blocked).toEqual(["TypeError", "Golden images"]);
    // The browser reports both.
    expect(faults.length).toBeGreaterThanOrEqual(2);
    expect(faults.filter((fault) => fault.startsWith("request"))).toEqual([]);
    faults = [];
  });

  test.each(VIEWS)("%s has no violations of accessibility rules, light and dark", async (hash) => {
    const page = await openDemo(hash);
    await page.evaluate(axe.source);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate<AxeResults>("axe.run()");
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} (${nodes.length})`);
      expect({ colorScheme, found }).toEqual({ colorScheme, found: [] });
    }
  });

  test.each([
    "#/",
    `#/image/${"a".repeat(60)}`,
    `#/image/${"a".repeat(60)}/1.0.3/2`,
    "#/access",
    "#/account/222200000000",
    "#/fleet",
  ])("%s fits a phone with long names and reasons", async (hash) => {
    const page = await open(write("long", longCatalogue()), hash, {
      viewport: { width: 390, height: 844 },
    });
    const { width, text } = await page.evaluate<{ width: number; text: string }>(
      "({ width: document.documentElement.scrollWidth, text: document.body.innerText })",
    );
    expect(text).toMatch(/a{60}|b{60}/);
    expect(width).toBeLessThanOrEqual(390);
  });

  test("the labels of the lineage fit into their boxes", async () => {
    const page = await open(write("wide", longCatalogue("W")), "#/lineage");
    const outside = await page.evaluate<string[]>(`[...document.querySelectorAll(".node text")]
      .filter((text) => {
        const box = text.parentNode.querySelector("rect").getBoundingClientRect();
        return text.getBoundingClientRect().right > box.right;
      })
      .map((text) => text.textContent)`);
    expect(outside).toEqual([]);
    expect(await page.locator(".node-label").first().textContent()).toMatch(/^W+…$/);
  });

  test("paper says how much of a list it shows", async () => {
    const page = await openDemo("#/image/java-21");
    await page.emulateMedia({ media: "print" });
    expect(await page.getByText("12 of 24 builds").isVisible()).toBe(true);
    await page.goto(`${demo}#/?kind=container`);
    await page.getByText("2 of 11 images").waitFor();
  });

  test.each(VIEWS)("%s fits a phone without scrolling sideways", async (hash) => {
    const page = await openDemo(hash, { viewport: { width: 390, height: 844 } });
    const overflow = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    expect(overflow).toBe(0);
  });
});

describe("a catalogue of 100 images, 5,000 builds and 200 accounts", () => {
  let url: string;
  let large: Catalogue;
  beforeAll(() => {
    large = exampleCatalogue(LARGE, false);
    url = write("large", large);
  });

  test("is at most 5 MB, although packages and findings differ", () => {
    expect(statSync(join(folder, "large.html")).size).toBeLessThan(5_000_000);
    const { images, packages } = large;
    const builds = images.flatMap((image) => image.builds);
    const counts = builds.flatMap((build) =>
      build.packages ? [packagesOf(packages, build).length] : [],
    );
    expect(counts.length).toBeGreaterThan(700);
    expect(meanOf(counts)).toBeGreaterThan(400);
    const lists = builds.flatMap((build) => (build.packages ? [build.packages.join()] : []));
    expect(new Set(lists).size).toBeGreaterThan(600);
    const found = builds.flatMap(({ findings }) => (findings ? [findings.list.length] : []));
    expect(meanOf(found)).toBeGreaterThan(15);
  });

  test("shows the first rows of the fleet, those of a filter, and more on request", async () => {
    const page = await open(url, "#/fleet");
    const rows = page.locator("tbody tr");
    expect(await rows.count()).toBe(60);
    await page.getByLabel("State").selectOption("revoked");
    const states = await rows.locator("td[data-label=State]").allInnerTexts();
    expect(states.length).toBeGreaterThan(0);
    expect(states.filter((state) => !state.startsWith("revoked: "))).toEqual([]);
    expect(await page.getByText(/^\d+ of 11,\d\d\d rows$/).isVisible()).toBe(true);
    await page.getByLabel("State").selectOption("");
    await page.getByRole("button", { name: /^Show 1,000 more of 11,\d\d\d rows$/ }).click();
    expect(await rows.count()).toBe(1_060);
    await page.getByPlaceholder("Filter accounts").fill("payments-2");
    const names = await page.locator("tbody th").allInnerTexts();
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !name.includes("payments-2"))).toEqual([]);
  });

  test("shows all images, finds an AMI, and shows the first rows and columns of the matrix", async () => {
    const page = await open(url);
    expect(await page.locator("tbody tr").count()).toBe(100);
    const { images } = large;
    const id = images[99]?.builds[40]?.amis[0]?.id ?? images[98]?.builds[40]?.amis[0]?.id ?? "";
    await searchField(page).fill(id);
    expect(await resultsOf(page).count()).toBe(1);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Access" }).click();
    await expectText(
      page.getByRole("status").last(),
      /^first 60 of 206 rows, first 30 of 90 images/,
    );
  });
});

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

/** The example with names and reasons that have no place to break. */
function longCatalogue(letter = "a"): Catalogue {
  const catalogue = exampleCatalogue({ ...DEMO, images: 3 });
  const reason = `https://tracker.example.com/${"incident".repeat(30)}`;
  const name = letter.repeat(60);
  return {
    ...catalogue,
    accounts: catalogue.accounts.map((account) => ({ ...account, name: "b".repeat(60) })),
    images: catalogue.images.map((image, index) => ({
      ...image,
      name: index === 0 ? name : image.name,
      description: reason,
      parent: { kind: "registry", name: index === 0 ? reason : name },
      builds: image.builds.map((build) => ({
        ...build,
        revoked: reason,
        revokeAt: reason,
        approvals: { stable: reason },
        notes: build.notes?.map((note) => ({
          ...note,
          approval: reason,
          parent: { from: reason, to: name },
          ...(note.findings && {
            findings: { ...note.findings, added: [{ title: reason, severity: "high" }] },
          }),
        })),
      })),
    })),
    ...(catalogue.fleet && {
      fleet: {
        ...catalogue.fleet,
        notLookedAt: [name],
        problems: [{ account: name, message: reason }],
        running: catalogue.fleet.running.map((one) => ({
          ...one,
          image: name,
          state: "revoked",
          revoked: reason,
        })),
      },
    }),
  };
}

/** Repeats an assertion until it passes, up to a minute. Browsers follow links and draw later. */
async function soon(assert: () => Promise<void>): Promise<void> {
  for (let tries = 1; tries < 600; tries += 1) {
    const hasPassed = await assert().then(
      () => true,
      () => false,
    );
    if (hasPassed) return;
    await delay(100);
  }
  await assert();
}

/** Waits until the page has scrolled to a position. */
function expectScrolled(page: Page, expected: number): Promise<void> {
  return soon(async () => expect(await page.evaluate("scrollY")).toBe(expected));
}

/** Waits until the part of the address that names the view matches, or contains a text. */
function expectAddress(page: Page, expected: string | RegExp): Promise<void> {
  return soon(async () => expect(new URL(page.url()).hash).toMatch(expected));
}

/** Waits until an element has a text. */
function expectText(
  locator: ReturnType<Page["locator"]>,
  expected: string | RegExp,
): Promise<void> {
  const pattern = typeof expected === "string" ? new RegExp(`^${expected}$`) : expected;
  return soon(async () =>
    expect((await locator.first().innerText()).replaceAll(/\s+/g, " ")).toMatch(pattern),
  );
}
