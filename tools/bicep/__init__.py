"""Compiles infra/ with Microsoft's Bicep, and writes down what it deploys."""
