"""Jobs: records that outlive the process, their life cycle, and the bits they bring back."""
