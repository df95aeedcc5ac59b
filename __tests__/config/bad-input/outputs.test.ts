import { testBadInput } from "../../../tools/fixtures/bad-input";

testBadInput([
  {
    title: "copies, launch templates and parameters that can't work",
    mutate: (f) => {
      f.images.base.outputs = {
        copyToRegions: ["eu-west-1", "us-gov-west-1"],
        parameter: "/imagebuilder/base",
      };
      f.images.base.outputs.launchTemplates = { "us-east-1": "lt-0123456789abcdef0" };
      f.images.web.outputs = { parameter: "/imagebuilder/base" };
    },
    problems: [
      'images.base.outputs.copyToRegions[0]: must be a Region that doesn\'t build the image: one that builds it has its own AMI, got: "eu-west-1" [copy-to-other-region]',
      'images.base.outputs.copyToRegions[1]: must be in the partition aws, like the image\'s Regions, got: "us-gov-west-1" [copy-to-other-region]',
      "images.base.outputs.launchTemplates.us-east-1: must be a Region that gets an AMI of the image: eu-west-1, us-gov-west-1 [launch-template-in-region-with-ami]",
      'images.web.outputs.parameter: must not be the parameter of base in eu-west-1: the images would overwrite each other, got: "/imagebuilder/base" [parameter-unique]',
    ],
  },
  {
    title: "a launch template of two images",
    mutate: (f) => {
      for (const one of [f.images.base, f.images.web])
        one.outputs = { launchTemplates: { "eu-west-1": "lt-0123456789abcdef0" } };
    },
    problems: [
      'images.web.outputs.launchTemplates.eu-west-1: must not be the launch template of base: the images would overwrite each other, got: "lt-0123456789abcdef0" [launch-template-unique]',
    ],
  },
  {
    title: "copies of an image that two Regions build",
    mutate: (f) => {
      f.sharedAccount.regions["us-east-1"] = {};
      f.images.base.outputs = { copyToRegions: ["eu-central-1"] };
    },
    problems: [
      "images.base.outputs.copyToRegions: is only for images that one Region builds: each of eu-west-1, us-east-1 would make its own copies. Set regions to one of them [copy-from-one-region]",
    ],
  },
  {
    title: "an invalid parameter name and launch template ID",
    mutate: (f) =>
      (f.images.base.outputs = {
        parameter: "/aws/golden",
        launchTemplates: { "eu-west-1": "web", "us-east-1": "lt-01234567" },
      }),
    problems: [
      'images.base.outputs.parameter: must be the path of an SSM parameter such as /imagebuilder/amazon-linux-2023, not starting with /aws or /ssm, got: "/aws/golden"',
      'images.base.outputs.launchTemplates.eu-west-1: must be a launch template ID with 17 characters after lt-, such as lt-0123456789abcdef0 (Image Builder doesn\'t accept older IDs with 8), got: "web"',
      'images.base.outputs.launchTemplates.us-east-1: must be a launch template ID with 17 characters after lt-, such as lt-0123456789abcdef0 (Image Builder doesn\'t accept older IDs with 8), got: "lt-01234567"',
    ],
  },
]);
