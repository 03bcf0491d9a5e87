"""The four benchmark applications: what each operation calls, in which order, and how users mix them.

Who may call whom comes from topologies/*.csv; the order, the probabilities and the kinds of work are read from
the applications' sources and documentation, or are ours where the comment says so.
"""

from model import Application, call, parallel

# Kinds of services: language or role, mean CPU time of an operation, start-up time, memory request and limit,
# most replicas. Times are of the size that the applications' own papers and demos report for one request on
# one core; start-up times are of a container with a warm image.
KINDS = {
    "go": dict(cpu_ms=1.0, startup="2s", memory=("64Mi", "128Mi"), replicas=20),
    "cpp": dict(cpu_ms=0.6, startup="2s", memory=("64Mi", "128Mi"), replicas=20),
    "node": dict(cpu_ms=1.5, startup="4s", memory=("96Mi", "256Mi"), replicas=20),
    "python": dict(cpu_ms=3.0, startup="6s", memory=("128Mi", "256Mi"), replicas=20),
    "dotnet": dict(cpu_ms=1.2, startup="6s", memory=("128Mi", "256Mi"), replicas=20),
    "jvm": dict(cpu_ms=2.0, startup="20s", memory=("300Mi", "600Mi"), replicas=20),
    "gateway": dict(cpu_ms=1.2, startup="3s", memory=("96Mi", "256Mi"), replicas=20),
    # State is not divided: one replica, with the CPU of a machine.
    "cache": dict(cpu_ms=0.15, startup="3s", memory=("256Mi", "512Mi"), replicas=1, cpu=("500m", 4)),
    "store": dict(cpu_ms=0.5, startup="10s", memory=("512Mi", "1Gi"), replicas=1, cpu=("500m", 4)),
    "queue": dict(cpu_ms=0.2, startup="10s", memory=("256Mi", "512Mi"), replicas=1, cpu=("500m", 4)),
}


def online_boutique():
    app = Application("online-boutique", "online_boutique.csv", seed=11)
    app.about = "Google's Online Boutique: eleven services around a shop front."
    app.mix_reason = "the load generator's own task weights"
    app.unused = {
        ("loadgenerator", "frontend"): "the load generator is no part of the application",
        ("frontend", "shoppingassistantservice"): "optional, and not part of the load generator's mix",
    }
    app.kinds(
        gateway=["frontend"],
        go=["checkoutservice", "productcatalogservice", "shippingservice"],
        node=["currencyservice", "paymentservice"],
        python=["emailservice", "recommendationservice"],
        dotnet=["cartservice"],
        jvm=["adservice"],
        cache=["redis-cart"],
    )
    currencies = call("currencyservice", "GetSupportedCurrencies")
    convert = call("currencyservice", "Convert")
    product = call("productcatalogservice", "GetProduct")
    cart = call("cartservice", "GetCart")
    ads = call("adservice", "GetAds")
    recommend = call("recommendationservice", "ListRecommendations")
    quote = call("shippingservice", "GetQuote")
    app.entry("index", "frontend", 1, [
        currencies, call("productcatalogservice", "ListProducts"), cart,
        convert.times(9), ads])
    app.entry("set-currency", "frontend", 2, [])
    app.entry("browse", "frontend", 10, [
        product, currencies, cart, convert, recommend, product.times(4), ads])
    app.entry("add-to-cart", "frontend", 2, [product, call("cartservice", "AddItem")])
    app.entry("view-cart", "frontend", 3, [
        currencies, cart, recommend, quote, product.times(2), convert.times(3)])
    app.entry("checkout", "frontend", 1, [
        call("checkoutservice", "PlaceOrder"), recommend, currencies])
    app.operation("checkoutservice", "PlaceOrder", [
        cart, product.times(2), convert.times(2), quote, convert,
        call("paymentservice", "Charge"), call("shippingservice", "ShipOrder"),
        call("cartservice", "EmptyCart"), call("emailservice", "SendOrderConfirmation")])
    app.operation("recommendationservice", "ListRecommendations", [
        call("productcatalogservice", "ListProducts")])
    for name in ["GetCart", "AddItem", "EmptyCart"]:
        app.operation("cartservice", name, [call("redis-cart", "command")])
    return app


def social_network():
    app = Application("social-network", "dsb_socialNetwork.csv", seed=12)
    app.about = "DeathStarBench's Social Network: 25 services."
    app.mix_reason = "DeathStarBench's mixed workload: 60 % home timeline, 30 % user timeline, 10 % compose"
    app.added = {
        ("compose-post-service", "write-home-timeline-service"):
            "in place of the message queue: the document has no asynchronous calls",
    }
    not_mixed = "registering, logging in and following are not in the mix"
    app.unused = {
        ("nginx-thrift", "social-graph-service"): not_mixed,
        ("nginx-thrift", "user-service"): not_mixed,
        ("social-graph-service", "user-service"): not_mixed,
        ("user-service", "social-graph-service"): not_mixed,
    }
    app.kinds(
        gateway=["nginx-thrift"],
        cpp=[
            "compose-post-service", "home-timeline-service", "media-service",
            "post-storage-service", "social-graph-service", "text-service", "unique-id-service",
            "url-shorten-service", "user-mention-service", "user-service",
            "user-timeline-service", "write-home-timeline-service"],
        cache=[
            "home-timeline-redis", "post-storage-memcached", "social-graph-redis",
            "url-shorten-memcached", "user-memcached", "user-timeline-redis"],
        store=[
            "post-storage-mongodb", "social-graph-mongodb", "url-shorten-mongodb",
            "user-mongodb", "user-timeline-mongodb"],
        queue=["write-home-timeline-rabbitmq"],
    )
    # Caches miss one time in ten, an assumption of ours.
    read_posts = call("post-storage-service", "ReadPosts")
    app.entry("home-timeline", "nginx-thrift", 60, [
        call("home-timeline-service", "ReadHomeTimeline")])
    app.entry("user-timeline", "nginx-thrift", 30, [
        call("user-timeline-service", "ReadUserTimeline")])
    app.entry("compose", "nginx-thrift", 10, [call("compose-post-service", "ComposePost")])
    app.operation("home-timeline-service", "ReadHomeTimeline", [
        call("home-timeline-redis", "range"), read_posts])
    app.operation("user-timeline-service", "ReadUserTimeline", [
        call("user-timeline-redis", "range"),
        call("user-timeline-mongodb", "find").maybe(0.1), read_posts])
    app.operation("post-storage-service", "ReadPosts", [
        call("post-storage-memcached", "get"), call("post-storage-mongodb", "find").maybe(0.1)])
    app.operation("compose-post-service", "ComposePost", [
        parallel(
            call("text-service", "ComposeText"), call("user-service", "ComposeCreator"),
            call("media-service", "ComposeMedia"), call("unique-id-service", "ComposeUniqueId")),
        parallel(
            call("post-storage-service", "StorePost"),
            call("user-timeline-service", "WriteUserTimeline"),
            call("home-timeline-service", "WriteHomeTimeline"),
            call("write-home-timeline-service", "FanOut"))])
    app.operation("text-service", "ComposeText", [
        parallel(
            call("url-shorten-service", "ComposeUrls"),
            call("user-mention-service", "ComposeUserMentions"))])
    app.operation("url-shorten-service", "ComposeUrls", [
        call("url-shorten-mongodb", "insert"), call("url-shorten-memcached", "set")])
    app.operation("user-mention-service", "ComposeUserMentions", [
        call("user-memcached", "get"), call("user-mongodb", "find").maybe(0.1)])
    app.operation("user-service", "ComposeCreator", [
        call("user-memcached", "get"), call("user-mongodb", "find").maybe(0.1)])
    app.operation("post-storage-service", "StorePost", [call("post-storage-mongodb", "insert")])
    app.operation("user-timeline-service", "WriteUserTimeline", [
        call("user-timeline-mongodb", "update"), call("user-timeline-redis", "add")])
    followers = call("social-graph-service", "GetFollowers")
    app.operation("home-timeline-service", "WriteHomeTimeline", [
        followers, call("home-timeline-redis", "add")])
    app.operation("write-home-timeline-service", "FanOut", [
        call("write-home-timeline-rabbitmq", "take"), followers,
        call("home-timeline-redis", "add")])
    app.operation("social-graph-service", "GetFollowers", [
        call("social-graph-redis", "get"), call("social-graph-mongodb", "find").maybe(0.1)])
    return app


def hotel_reservation():
    app = Application("hotel-reservation", "dsb_hotelReservation.csv", seed=13)
    app.about = "DeathStarBench's Hotel Reservation."
    app.mix_reason = "DeathStarBench's mixed workload: 60 % search, 39 % recommend, 0.5 % user, 0.5 % reserve"
    app.unused = {
        ("frontend", "attractions"): "not in the mix",
        ("frontend", "review"): "not in the mix",
    }
    app.kinds(
        gateway=["frontend"],
        go=["geo", "profile", "rate", "recommendation", "reservation", "search", "user"],
    )
    profiles = call("profile", "GetProfiles")
    app.entry("search", "frontend", 60, [
        call("search", "Nearby"), call("reservation", "CheckAvailability"), profiles])
    app.entry("recommend", "frontend", 39, [call("recommendation", "GetRecommendations"), profiles])
    app.entry("login", "frontend", 0.5, [call("user", "CheckUser")])
    app.entry("reserve", "frontend", 0.5, [
        call("user", "CheckUser"), call("reservation", "MakeReservation")])
    app.operation("search", "Nearby", [call("geo", "Nearby"), call("rate", "GetRates")])
    return app


def train_ticket():
    app = Application("train-ticket", "train_ticket.csv", seed=14)
    app.about = "FudanSELab's Train Ticket: a booking system in Java."
    app.mix_reason = (
        "ours: the project states none. Travellers search most, one search in ten becomes a booking, "
        "and each booking is paid; the rest are what a help desk sees")
    idle = ["ts-user-service", "ts-voucher-service"]
    app.unused = {
        (caller, callee): "administration, registration and invoices are not in the mix"
        for caller, callee in app.edges if caller.startswith("ts-admin") or caller in idle
    }
    app.kinds(jvm=app.services)
    station, route = call("ts-station-service", "get"), call("ts-route-service", "get")
    train, user = call("ts-train-service", "get"), call("ts-user-service", "get")
    ticket = call("ts-ticketinfo-service", "query")
    seat, sold = call("ts-seat-service", "left"), call("ts-order-service", "sold")
    sold_other = call("ts-order-other-service", "sold")
    trip, trip_other = call("ts-travel-service", "trip"), call("ts-travel2-service", "trip")
    app.entry("search", "ts-travel-service", 50, [ticket, route, train, sold, seat.times(2)])
    app.entry("search-other", "ts-travel2-service", 15, [ticket, route, train, sold_other, seat])
    app.entry("plan", "ts-travel-plan-service", 10, [
        call("ts-route-plan-service", "cheapest"), station, ticket, seat.times(2), trip, trip_other])
    app.entry("login", "ts-auth-service", 8, [call("ts-verification-code-service", "verify")])
    order = call("ts-order-service", "create")
    order_other = call("ts-order-other-service", "create")
    booking = [
        call("ts-security-service", "check"), call("ts-contacts-service", "get"),
        None, station, call("ts-seat-service", "assign"), ticket, None,
        call("ts-assurance-service", "create").maybe(0.3),
        call("ts-food-service", "order").maybe(0.3), call("ts-consign-service", "create").maybe(0.2),
        user, call("ts-notification-service", "send")]
    app.entry("book", "ts-preserve-service", 5, fill(booking, trip, order))
    app.entry("book-other", "ts-preserve-other-service", 1.5, fill(booking, trip_other, order_other))
    pay = [call("ts-order-service", "get"), call("ts-order-other-service", "get").maybe(0.25),
           call("ts-payment-service", "pay")]
    app.entry("pay", "ts-inside-payment-service", 6, pay)
    app.entry("orders", "ts-order-service", 3, [station])
    app.entry("cancel", "ts-cancel-service", 0.7, [
        call("ts-order-service", "get"), call("ts-order-other-service", "get").maybe(0.25),
        call("ts-inside-payment-service", "refund"), user, call("ts-notification-service", "send")])
    app.entry("rebook", "ts-rebook-service", 0.4, [
        call("ts-order-service", "get"), trip, trip_other.maybe(0.25), station,
        call("ts-seat-service", "assign"), call("ts-inside-payment-service", "difference"),
        order_other.maybe(0.25)])
    app.entry("board", "ts-execute-service", 0.4, [
        call("ts-order-service", "get"), call("ts-order-other-service", "get").maybe(0.25)])
    app.operation("ts-route-plan-service", "cheapest", [
        trip.times(2), trip_other.times(2), route, station])
    app.operation("ts-ticketinfo-service", "query", [call("ts-basic-service", "query")])
    app.operation("ts-basic-service", "query", [
        station.times(2), train, route, call("ts-price-service", "get")])
    for name in ["left", "assign"]:
        app.operation("ts-seat-service", name, [
            trip, trip_other.maybe(0.25), sold, sold_other.maybe(0.25),
            call("ts-config-service", "get")])
    app.operation("ts-security-service", "check", [sold, sold_other])
    app.operation("ts-food-service", "order", [
        call("ts-food-map-service", "get"), station, trip])
    app.operation("ts-consign-service", "create", [call("ts-consign-price-service", "get")])
    for name in ["refund", "difference"]:
        app.operation("ts-inside-payment-service", name, pay if name == "difference" else [])
    app.operation("ts-order-service", "create", [])
    for name in ["create", "refresh"]:
        app.operation("ts-order-other-service", name, [station] if name == "create" else [])
    return app


def fill(stages, *values):
    values = list(values)
    return [values.pop(0) if stage is None else stage for stage in stages]


APPLICATIONS = [online_boutique, social_network, hotel_reservation, train_ticket]
