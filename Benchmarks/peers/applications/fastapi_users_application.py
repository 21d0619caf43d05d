"""The application that fastapi-users is measured in; run by its own Python, not by that of the benchmarks."""

import contextlib
import os
import uuid

from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users.password import PasswordHelper
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import event
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

SECRET = "a secret of the comparison that signs nothing of value"
engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['PEER_DATABASE']}")
sessions = async_sessionmaker(engine, expire_on_commit=False)
# As ARGON2 in peer.py says.
passwords = PasswordHelper(PasswordHash((Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1),)))


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class UserManager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


@event.listens_for(engine.sync_engine, "connect")
def use_write_ahead_log(connection, _):
    connection.execute("PRAGMA journal_mode = WAL")


async def users():
    async with sessions() as session:
        yield SQLAlchemyUserDatabase(session, User)


async def manager(users=Depends(users)):
    yield UserManager(users, passwords)


@contextlib.asynccontextmanager
async def lifespan(app):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


backend = AuthenticationBackend(
    name="jwt", transport=BearerTransport(tokenUrl="auth/jwt/login"),
    get_strategy=lambda: JWTStrategy(secret=SECRET, lifetime_seconds=3600))
library = FastAPIUsers[User, uuid.UUID](manager, [backend])
app = FastAPI(lifespan=lifespan)
app.include_router(library.get_auth_router(backend), prefix="/auth/jwt")
app.include_router(
    library.get_register_router(schemas.BaseUser[uuid.UUID], schemas.BaseUserCreate), prefix="/auth")
app.include_router(
    library.get_users_router(schemas.BaseUser[uuid.UUID], schemas.BaseUserUpdate), prefix="/users")
