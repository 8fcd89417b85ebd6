"""Translation at the edges: from what department systems really send to the shared language, and back."""
