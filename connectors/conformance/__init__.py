"""What the kit that proves a connector will grow from: the contract suite under tests."""
