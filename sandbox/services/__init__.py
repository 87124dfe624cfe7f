"""AWS services, one package for each: corrections of LocalStack's behaviour."""
