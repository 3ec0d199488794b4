"""What mkdocs does to the pages while it builds them; mkdocs.yml names each module."""
