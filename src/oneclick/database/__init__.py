"""Every SQL statement of the gateway but the vault's: named, visible, with the locks it takes."""
