"""A community's own plans, made by command, in front of those of the rules file."""

from sqlalchemy import Connection, select

from bot.engine.rules import Plan
from bot.storage.ledger import MEMBERS, table, upsert
from bot.storage.tables import PlanRow
from bot.words import from_json, to_json

PLANS = table(PlanRow)


def own(connection: Connection, community: int) -> list[Plan]:
    """The plans that the creator made, in the order made."""
    query = select(PLANS.c.data).where(PLANS.c.community_id == community).order_by(PLANS.c.id)
    return [from_json(Plan, data) for data in connection.scalars(query)]


def put(connection: Connection, community: int, plan: Plan) -> None:
    """Make a plan, or change the one of this name."""
    statement = upsert(connection, PLANS)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["community_id", "name"], set_={"data": statement.excluded.data}
        ),
        {"community_id": community, "name": plan.name, "data": to_json(plan).decode()},
    )


def concerned(connection: Connection, community: int, after: int, limit: int) -> list[int]:
    """Ids above `after` of members who ever had a subscription or have a gate open: whom a change of plans concerns."""
    c = MEMBERS.c
    query = select(c.id).where(
        c.community_id == community,
        c.id > after,
        c.state.contains('"subscriptions":[') | c.state.contains('"open":['),
    )
    return list(connection.scalars(query.order_by(c.id).limit(limit)))
