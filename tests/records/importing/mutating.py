"""Extracts with something wrong in them, anywhere: made from a good one by dice, so that each can be made again."""

import json

DEEP = "@deep@"
HUGE = 400_000
JUNK = (
    None, True, False, 0, -1, 10**30, 1e300, -0.5, "", " ", "x", "\u0000", "a\u0000b", "\ud83d\ude00", "é" * 300, "e\u0301" * 40,
    "\u202eabc", "\u200b", "\ufeff", "\ufffe", "2020-99-99", "0000-01-01", "9999-12-31T23:59:60Z", "-2020", "List/l", "#", "/", [], {}, [[]],
    [None], ["x"], [{}], {"reference": 1}, {"reference": "#"}, {"value": {}}, "<script>alert(1)</script>", "NaN", "' or 1=1 --",
)  # fmt: skip
LONE = "@lone-surrogate@"


def mutated(bundle, dice):
    """The bytes of an extract with one to six things wrong in it."""
    found = json.loads(json.dumps(bundle))
    for _ in range(dice.randint(1, 6)):
        dice.choice(WAYS)(found, dice)
    written = json.dumps(found)
    written = written.replace(
        f'"{DEEP}"', nested(dice.choice([40, 900, 20_000]), dice.choice("[{"))
    )
    return written.replace(LONE, "\\ud800").encode()


def nested(depth, bracket):
    """A list or object in itself, so many times."""
    if bracket == "[":
        return "[" * depth + "]" * depth
    return '{"a":' * depth + "1" + "}" * depth


def containers(found):
    """Every object and list inside, each once."""
    waiting, seen = [found], []
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list):
            seen.append(one)
            waiting += one.values() if isinstance(one, dict) else one
    return [one for one in seen if one]


def a_place(found, dice):
    """Some object or list, and a key or index in it."""
    places = containers(found)
    holder = dice.choice(places) if places else found
    keys = list(holder) if isinstance(holder, dict) else range(len(holder))
    return holder, dice.choice(list(keys) or [0])


def resources(found):
    entries = found.get("entry") if isinstance(found, dict) else None
    entries = entries if isinstance(entries, list) else []
    return [
        one["resource"]
        for one in entries
        if isinstance(one, dict) and isinstance(one.get("resource"), dict)
    ]


def drop(found, dice):
    holder, key = a_place(found, dice)
    if holder:
        del holder[key]


def put(value):
    def way(found, dice):
        holder, key = a_place(found, dice)
        if holder:
            holder[key] = value(dice)

    return way


def swap(found, dice):
    """Two values change places, of whatever type."""
    (one, key), (other, name) = a_place(found, dice), a_place(found, dice)
    if one and other and not holds(one[key], other) and not holds(other[name], one):
        one[key], other[name] = other[name], one[key]


def holds(value, holder):
    return any(one is holder for one in containers(value))


def same_id(found, dice):
    """Two resources get one id, of one type or of two."""
    both = resources(found)
    if both:
        one, other = dice.choice(both), dice.choice(both)
        one["id"] = other.get("id")
        if dice.random() < 0.5:
            one["resourceType"] = other.get("resourceType")


def twice(found, dice):
    """A resource is there twice, perhaps with a difference."""
    entries = found.get("entry") if isinstance(found, dict) else None
    if isinstance(entries, list) and entries:
        again = json.loads(json.dumps(dice.choice(entries)))
        entries.insert(dice.randrange(len(entries)), again)
        if dice.random() < 0.5:
            put(lambda _: "another")(again, dice)


def circle(found, dice):
    """A list or result holds itself, or one that holds it."""
    both = resources(found)
    if both:
        one, other = dice.choice(both), dice.choice(both)
        for each, target in ((one, other), (other, one)):
            reference = {"reference": f"{target.get('resourceType')}/{target.get('id')}"}
            each["entry"] = [{"item": reference}]
            each["related"] = [{"type": "has-member", "target": reference}]
            each["basedOn"] = [reference]


def many(found, dice):
    """One thing a thousand times."""
    lists = [one for one in containers(found) if isinstance(one, list)]
    if lists:
        one = dice.choice(lists)
        often = dice.choice([10, 1000]) if len(repr(one[0])) < 5000 else 3
        one += [json.loads(json.dumps(one[0])) for _ in range(often)]


def long_name(found, dice):
    """A key that nobody has heard of, or a long one."""
    holders = [one for one in containers(found) if isinstance(one, dict)]
    if holders:
        holder = dice.choice(holders)
        key = dice.choice(list(holder))
        holder[dice.choice(["__proto__", "x" * 5000, "", "\u0000", "é"])] = holder.pop(key)


WAYS = (
    drop, drop, put(lambda dice: dice.choice(JUNK)), put(lambda dice: dice.choice(JUNK)), put(lambda _: DEEP), put(lambda _: LONE),
    put(lambda dice: dice.choice("xé\u200b ") * HUGE), swap, swap, same_id, twice, circle, many, long_name,
)  # fmt: skip
