"""Where cells are placed on a device, and the plan that follows."""
