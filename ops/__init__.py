"""What runs Tværs: sample day, bench, migrations, and the files for brokers, metrics and service managers."""
