"""The network: the upper layer (PS3.8), message exchange (PS3.7) and the services (PS3.4), over sockets or asyncio."""
