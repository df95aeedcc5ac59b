import { testBadInput } from "../../../tools/fixtures/bad-input";
import { DOCUMENT, WORKFLOW, workflowDocument } from "../../../tools/fixtures/factory-file";

testBadInput([
  {
    title: "a mistyped section, and nothing that results from it",
    mutate: (f) => {
      f.image = f.images;
      delete f.images;
    },
    problems: ["unknown key 'image', did you mean 'images'?"],
  },
  {
    title: "a mistyped required key, and not that the right one is missing",
    mutate: (f) => {
      f.organisation = f.organization;
      delete f.organization;
      f.images.web.verison = f.images.web.version;
      delete f.images.web.version;
    },
    problems: [
      "images.web: unknown key 'verison', did you mean 'version'?",
      "unknown key 'organisation', did you mean 'organization'?",
    ],
  },
  {
    title: "a mistyped key, and not that it must be given together with another",
    mutate: (f) => {
      f.sharedAccount.regions["eu-west-1"] = {
        subnetID: "subnet-0123456789abcdef0",
        securityGroupIds: ["sg-0123456789abcdef0"],
      };
      f.images.web.parent = { goldn: "base" };
    },
    problems: [
      "sharedAccount.regions.eu-west-1: unknown key 'subnetID', did you mean 'subnetId'?",
      "images.web.parent: unknown key 'goldn', did you mean 'golden'?",
    ],
  },
  {
    title: "two letters of a short key in the wrong order",
    mutate: (f) => (f.images.base.rootVolume = { ipos: 4000 }),
    problems: ["images.base.rootVolume: unknown key 'ipos', did you mean 'iops'?"],
  },
  {
    title: "each of several unknown keys",
    mutate: (f) => (f.images.base.tests = { enabeld: true, timeout: 5 }),
    problems: [
      "images.base.tests: unknown key 'enabeld', did you mean 'enabled'?",
      "images.base.tests: unknown key 'timeout': the keys here are enabled, timeoutMinutes",
    ],
  },
  {
    title: "a section that is indented like the images before it",
    mutate: (f) => {
      Object.assign(f.images, { appAccounts: null, payments: f.appAccounts.payments });
      delete f.appAccounts;
    },
    problems: ["images: appAccounts is a key of the file: it must start in the first column"],
  },
  {
    title: "a string where a list of strings must be",
    mutate: (f) => {
      f.images.base.regions = "eu-west-1";
      f.images.web.components = "update-linux";
    },
    problems: [
      'images.base.regions: must be a list of at least one item: write [eu-west-1], got: "eu-west-1"',
      'images.web.components: must be a list of 1 to 20 items, got: "update-linux"',
    ],
  },
  {
    title: "mistyped files and folders",
    mutate: (f) => {
      f.images.web.components = [
        { document: "documnets/agent.yaml", parameters: { Path: "/" } },
        { document: "./agnet.yml", parameters: { Path: "/" } },
        { document: "documents/nothing.yaml" },
      ];
      f.images.web.userData = "agent.sh";
    },
    documents: { "agent.yaml": DOCUMENT, "documents/agent.yaml": DOCUMENT },
    problems: [
      'images.web.userData: must be an existing file, relative to the factory file, got: "agent.sh" [file-exists]',
      "images.web.components[0].document: must be an existing file, relative to the factory file, did you mean 'documents/agent.yaml'?, got: \"documnets/agent.yaml\" [file-exists]",
      "images.web.components[1].document: must be an existing file, relative to the factory file, did you mean './agent.yaml'?, got: \"./agnet.yml\" [file-exists]",
      'images.web.components[2].document: must be an existing file, relative to the factory file, got: "documents/nothing.yaml" [file-exists]',
    ],
  },
  {
    title: "mistyped parameters, and not that the right ones are missing",
    mutate: (f) => {
      f.images.base.components[1].parameters = { Paht: "/opt", Verbose: "yes" };
      f.images.base.workflows = {
        tests: [{ document: "gate.yaml", parameters: { Machien: "x" } }],
      };
    },
    documents: {
      "agent.yaml": DOCUMENT,
      "gate.yaml": WORKFLOW.replace(
        /Machine, type: string, default: "[^"]*"/,
        "Machine, type: string",
      ),
    },
    problems: [
      "images.base.components[1].parameters.Paht: must be a parameter that agent.yaml declares, did you mean 'Path'? [component-parameters]",
      "images.base.components[1].parameters.Verbose: must be a parameter that agent.yaml declares: LogLevel, Path [component-parameters]",
      "images.base.workflows.tests[0].parameters.Machien: must be a parameter that gate.yaml declares, did you mean 'Machine'? [workflow-parameters]",
    ],
  },
  {
    title: "a mistyped output of another workflow",
    mutate: (f) =>
      (f.images.base.workflows = {
        tests: [{ awsManaged: "test-image" }, { document: "two.yaml" }],
      }),
    documents: {
      "agent.yaml": DOCUMENT,
      "two.yaml": workflowDocument([
        "action: LaunchInstance, inputs: { waitFor: ssmAgent, imageIdOverride.$: $.workflowOutputs.ImagId }",
      ]),
    },
    problems: [
      "images.base.workflows.tests[1].document: must not read $.workflowOutputs.ImagId, did you mean 'ImageId'?, got: \"two.yaml\" [workflow-outputs]",
    ],
  },
  {
    title: "days and months in full, and a unit that rate doesn't have",
    mutate: (f) => {
      f.images.base.schedule = { expression: "cron(0 2 ? * MONDAY-friday *)" };
      f.images.web.schedule = { expression: "cron(0 2 1 January ? *)" };
      f.images.third = { ...f.images.web, schedule: { expression: "rate(1 week)" } };
      f.images.fourth = { ...f.images.web, schedule: { expression: "0 2 ? * Mon *" } };
      f.images.fifth = { ...f.images.web, schedule: { expression: "Cron(0 2 ? * mon *)" } };
      f.images.sixth = { ...f.images.web, schedule: { expression: "cron(0 2 ? * 0 *)" } };
    },
    problems: [
      "images.base.schedule.expression: must have a valid day of week (did you mean 'mon-fri'?) in cron(…), got: \"cron(0 2 ? * MONDAY-friday *)\"",
      "images.web.schedule.expression: must have a valid month (did you mean 'jan'?) in cron(…), got: \"cron(0 2 1 January ? *)\"",
      'images.third.schedule.expression: must be a whole number of minutes, hours or days in rate(…), such as rate(30 minutes) or rate(1 day), got: "rate(1 week)"',
      "images.fourth.schedule.expression: must be cron(…) or rate(…), did you mean 'cron(0 2 ? * Mon *)'?, got: \"0 2 ? * Mon *\"",
      "images.fifth.schedule.expression: must be cron(…) or rate(…), did you mean 'cron(0 2 ? * mon *)'?, got: \"Cron(0 2 ? * mon *)\"",
      'images.sixth.schedule.expression: must have a valid day of week (1 (Sunday) to 7, sun to sat, L or ?) in cron(…), got: "cron(0 2 ? * 0 *)"',
    ],
  },
  {
    title: "mistyped time zones, and cities alone",
    mutate: (f) => {
      const expression = "cron(0 2 ? * sun *)";
      f.images.base.schedule = { expression, timezone: "Europe/Dubln" };
      f.images.web.schedule = { expression, timezone: "new york" };
    },
    problems: [
      "images.base.schedule.timezone: must be a time zone of the IANA database, did you mean 'Europe/Dublin'?, got: \"Europe/Dubln\"",
      "images.web.schedule.timezone: must be a time zone of the IANA database, did you mean 'America/New_York'?, got: \"new york\"",
    ],
  },
]);
