-- Somebody who asked to be forgotten leaves no address, link or notice behind with a provider's offers.
grant delete on offer_links, provider_addresses, offer_notices, desk_pauses to pandu_worker;
grant update (reason) on referral_decisions to pandu_worker;
