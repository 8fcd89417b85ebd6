"""The shared language: envelope, parties, categories and events that every system beside the bus speaks."""

from schemas import haendelser as haendelser  # importing the events is what makes their types known
