"""Every SQL statement of the gateway but the vault's and the limits': named, visible, with the locks it takes."""
