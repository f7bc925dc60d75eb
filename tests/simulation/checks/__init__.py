"""What must hold in every run, whatever was injected."""
