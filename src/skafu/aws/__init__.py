"""AWS, as skafu meets it: sessions per account, CloudFormation, the artifacts bucket, the lock. Only here is botocore imported."""
