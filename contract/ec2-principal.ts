/**
 * Returns the service principal of Amazon EC2. In China, EC2 is the only service that the factory
 * uses whose principal differs.
 */
export function ec2Principal(partition: string): string {
  return partition === "aws-cn" ? "ec2.amazonaws.com.cn" : "ec2.amazonaws.com";
}
