"""Passwords as ARGON2 in peer.py says."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Hasher(Argon2PasswordHasher):
    memory_cost, time_cost, parallelism = 19_456, 2, 1
